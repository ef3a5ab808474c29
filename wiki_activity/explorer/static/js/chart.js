// The chart: counts, what was expected, the alert line, bots' part and compared wikis, drawn by uPlot.

import { levelNames, levels, limits, monthTicks, tickNames } from "./scales.js";

const HEIGHT = () => (matchMedia("(max-width: 40rem)").matches ? 340 : 380);
const AXIS = () => (matchMedia("(max-width: 40rem)").matches ? 42 : 64);
const DIAMOND = 4;
const UNDER_THE_AXIS = 0.01;

/** Colours as the style sheet says for the scheme of the moment. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["text", "subtle", "line", "edits", "band", "alert", "bots", "peak", "card", "vs1", "vs2", "vs3"];
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

export class Chart {
  /**
   * @param box where to draw; keeps its size
   * @param hooks `made(chart)` when there is another plot, `moved(at)` when the crosshair goes to a month or leaves (null), `drawn(chart)` after each drawing
   */
  constructor(box, hooks) {
    this.box = box;
    this.hooks = hooks;
    this.plot = null;
    /** What lies over the plot, whichever one it is. */
    this.layers = [];
    this.showComparedPeaks = true;
    const redraw = () => this.data && this.show(this.data, this.range);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    new ResizeObserver(() => {
      if (this.plot && this.box.clientWidth !== this.plot.width) redraw();
    }).observe(box);
  }

  /** Draw data anew. */
  show(data, range) {
    this.data = data;
    this.range = range;
    this.columns = layOut(data);
    const options = this.#options(colours());
    const old = this.plot;
    this.plot = new uPlot(options, this.columns.all, this.box);
    this.plot.over.append(...this.layers);
    old?.destroy();
    this.hooks.made(this);
    this.hooks.drawn(this);
  }

  /** Show other months of the same data. */
  move(range) {
    this.range = range;
    this.plot?.setScale("x", { min: range[0] - 0.5, max: range[1] + 0.5 });
  }

  /** Draw the same again. */
  redraw() {
    this.plot?.redraw(false);
  }

  /** Place of a month's value in pixels of the plot area; null where it is outside. */
  place(at, value) {
    const low = this.plot.scales.y.min;
    return { x: this.plot.valToPos(at, "x"), y: this.plot.valToPos(Math.max(value, low), "y") };
  }

  get size() {
    return { width: this.plot.over.clientWidth, height: this.plot.over.clientHeight };
  }

  #options(colour) {
    const { months } = this.data.series;
    const log = this.data.wiki.scale === "log";
    const { series, bands } = this.#lines(colour);
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: colour.subtle, font, ticks: { stroke: colour.line, width: 1, size: 5 } };
    return {
      width: this.box.clientWidth,
      height: HEIGHT(),
      padding: [12, 12, 0, 0],
      legend: { show: false },
      focus: { alpha: 1 },
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: (_, at) => (this.#isRead(at) ? 8 : 0), width: (_, at) => (this.#isRead(at) ? 2 : 0), fill: colour.card } },
      scales: {
        x: { time: false, range: () => [this.range[0] - 0.5, this.range[1] + 0.5] },
        y: { distr: log ? 3 : 1, range: () => limits(this.columns.all.slice(1), this.columns.counts, ...this.range, log) },
      },
      axes: [
        {
          ...axis, size: 40, gap: 3, grid: { show: false },
          splits: (plot) => monthTicks(months, ...this.range, plot.over.clientWidth || plot.width),
          values: (_, splits) => tickNames(months, splits),
        },
        {
          ...axis, size: AXIS(), gap: 6, ticks: { show: false }, grid: { stroke: colour.line, width: 0.75 },
          splits: (plot, _, low, high) => levels(low, high, log, plot.height - 52),
          filter: (_, splits) => splits,
          values: (_, splits) => levelNames(splits),
        },
      ],
      series, bands,
      hooks: {
        init: [(plot) => { this.plot = plot; }],
        draw: [(plot) => { this.#drawMore(plot, colour); this.hooks.drawn(this); }],
        setCursor: [(plot) => this.hooks.moved(plot.cursor.left >= 0 ? plot.cursor.idx : null)],
      },
    };
  }

  /** Whether the crosshair marks a series: those whose numbers are counts. */
  #isRead(at) {
    return at >= 4 && at <= 4 + this.data.compared.length;
  }

  #lines(colour) {
    const { compared } = this.data;
    const line = (stroke, width, more = {}) => ({ stroke, width, points: { show: false }, spanGaps: false, ...more });
    const counts = (stroke, width) => line(stroke, width, {
      points: { show: true, size: 5, fill: stroke, stroke, filter: (plot, at) => loners(plot.data[at]) },
    });
    const series = [
      {},
      line(undefined, 0),
      line(colour.alert, 1.5, { dash: [5, 4] }),
      line(undefined, 0),
      ...compared.map((_, at) => counts(colour[`vs${at + 1}`], 1.75)),
      counts(colour.edits, 2.25),
      line(colour.edits, 2.25, { dash: [2, 4] }),
    ];
    const top = 4 + compared.length;
    const bands = [{ series: [2, 1], fill: colour.band }];
    if (this.columns.hasBots) bands.push({ series: [top, 3], fill: colour.bots });
    return { series, bands };
  }

  #drawMore(plot, colour) {
    if (!this.showComparedPeaks) return;
    const context = plot.ctx;
    const pixels = devicePixelRatio;
    context.save();
    context.beginPath();
    context.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
    context.clip();
    context.setLineDash([]);
    context.lineWidth = 1.5 * pixels;
    context.fillStyle = colour.card;
    this.data.compared.forEach((one, number) => {
      context.strokeStyle = colour[`vs${number + 1}`];
      for (const peak of one.series.peaks) {
        if (peak.hollow) continue;
        const at = this.columns.places.get(peak.month);
        if (at === undefined) continue;
        const x = plot.valToPos(at, "x", true);
        const y = plot.valToPos(peak.value, "y", true);
        const size = DIAMOND * pixels;
        context.beginPath();
        context.moveTo(x, y - size);
        context.lineTo(x + size, y);
        context.lineTo(x, y + size);
        context.lineTo(x - size, y);
        context.closePath();
        context.fill();
        context.stroke();
      }
    });
    context.restore();
  }
}

/** Months that stand alone between gaps, which a line would not show. */
function loners(values) {
  const found = [];
  values.forEach((value, at) => {
    if (value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null) found.push(at);
  });
  return found;
}

/** The columns that uPlot draws: expected, alert line, people's part, compared wikis, counts, the unfinished end. */
function layOut({ series, compared, wiki }) {
  const places = new Map(series.months.map((month, at) => [month, at]));
  const log = wiki.scale === "log";
  // Zero has no place on a logarithmic scale: its line leaves through the bottom, and only a missing month is a gap.
  const clean = (values) => values.map((value) => (value !== null && log ? Math.max(value, UNDER_THE_AXIS) : value));
  const beside = compared.map((one) => {
    const known = new Map(one.series.months.map((month, at) => [month, one.series.counts[at]]));
    return clean(series.months.map((month) => known.get(month) ?? null));
  });
  const hasBots = Boolean(series.bots?.some((one) => one !== null)) && !compared.length;
  const people = series.counts.map((value, at) => (hasBots && value !== null && series.bots[at] !== null ? Math.max(log ? UNDER_THE_AXIS : 0, value - series.bots[at]) : null));
  const counts = clean(series.counts);
  const end = counts.map(() => null);
  const done = [...counts];
  if (wiki.unfinished && counts.length > 1) {
    end[counts.length - 1] = counts.at(-1);
    end[counts.length - 2] = counts.at(-2);
    done[counts.length - 1] = null;
  }
  const all = [
    series.months.map((_, at) => at), clean(series.expected), clean(series.threshold), people, ...beside, done, end,
  ];
  return { all, places, hasBots, counts: [counts, ...beside], compared: beside };
}
