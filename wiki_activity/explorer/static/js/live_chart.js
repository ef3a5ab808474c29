// The last three hours, drawn by uPlot: edits a minute, the usual range of now, busy spells behind.

import { clock, element, judged, roundUp } from "./live_words.js";
import { count } from "./words.js";

const NARROW = 640;

export class Chart {
  // Where uPlot is missing, the server's drawing stays.
  constructor(box) {
    this.box = box;
    this.model = null;
    this.plot = null;
    if (typeof uPlot === "undefined") return;
    new ResizeObserver(() => this.resize()).observe(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rebuild());
  }

  show(model) {
    if (typeof uPlot === "undefined" || model.points.length === 0) return;
    this.model = model;
    if (this.plot === null) this.rebuild();
    else this.plot.setData(this.data());
  }

  data() {
    const { points, snapshot } = this.model;
    const series = [points.map((one) => one.minute), points.map((one) => judged(snapshot, one))];
    if (this.withBots) series.push(points.map((one) => one.edits));
    return series;
  }

  rebuild() {
    if (this.model === null) return;
    this.plot?.destroy();
    this.withBots = this.model.snapshot.counted === "people_edits";
    const colours = readColours(this.box);
    this.colours = colours;
    const axis = { stroke: colours.subtle, grid: { stroke: colours.grid, width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    const line = { points: { show: false } };
    const series = [{}, { ...line, stroke: colours.edits, width: 2 }];
    if (this.withBots) series.push({ ...line, stroke: colours.bots, width: 1 });
    this.box.replaceChildren();
    this.plot = new uPlot(
      {
        ...this.size(),
        series,
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
        cursor: { y: false, drag: { x: false, y: false } },
        legend: { show: false },
        scales: { x: { time: true }, y: { range: (_, low, high) => [0, this.most(high)] } },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map(clock), space: 70 },
          { ...axis, values: (_, ticks) => ticks.map(count), size: 56 },
        ],
        hooks: { drawClear: [(plot) => this.drawBehind(plot)], setCursor: [(plot) => this.read(plot.cursor.idx)] },
      },
      this.data(),
      this.box,
    );
    this.readout = element("p", "", "readout");
    this.box.append(this.readout);
  }

  // What the minute under the pointer had.
  read(place) {
    if (this.readout === undefined) return;
    const point = place === null || place === undefined ? undefined : this.model.points[place];
    this.readout.textContent = point === undefined ? "" : describe(point, this.withBots);
  }

  most(high) {
    const { usual, speaks_at: speaksAt } = this.model.snapshot;
    return roundUp(1.05 * Math.max(1, high ?? 1, usual === null ? 0 : speaksAt));
  }

  drawBehind(plot) {
    const { ctx, bbox } = plot;
    const { snapshot, episodes, points } = this.model;
    const last = points.at(-1).minute;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const one of episodes) {
      const begin = Date.parse(one.started_at) / 1000;
      const end = one.state === "open" ? Math.max(begin, last) : Date.parse(one.ended_at ?? one.updated_at) / 1000;
      // The line is the wiki's.
      if (one.about === "page") continue;
      if (end < points[0].minute || begin > last) continue;
      const left = plot.valToPos(begin, "x", true);
      const width = Math.max(plot.valToPos(end, "x", true) - left, 2);
      ctx.fillStyle = this.colours.shade;
      ctx.fillRect(left, bbox.top, width, bbox.height);
      ctx.fillStyle = this.colours.peak;
      ctx.fillRect(left, bbox.top, width, 3 * devicePixelRatio);
    }
    if (snapshot.usual !== null) {
      const [low, high] = [plot.valToPos(snapshot.usual, "y", true), plot.valToPos(snapshot.speaks_at, "y", true)];
      ctx.fillStyle = this.colours.band;
      ctx.fillRect(bbox.left, high, bbox.width, low - high);
      ctx.fillStyle = this.colours.ok;
      ctx.fillRect(bbox.left, low - devicePixelRatio / 2, bbox.width, 1.5 * devicePixelRatio);
    }
    ctx.restore();
  }

  size() {
    const width = Math.max(this.box.clientWidth, 200);
    return { width, height: width < NARROW ? 200 : 280 };
  }

  resize() {
    if (this.plot !== null && this.plot.width !== this.box.clientWidth) this.plot.setSize(this.size());
  }
}

function describe(point, withBots) {
  if (point.edits === null) return `${clock(point.minute)} UTC: not seen`;
  const people = withBots ? `${count(point.edits - point.bots)} edits without bots, ` : "";
  return `${clock(point.minute)} UTC: ${people}${count(point.edits)}${withBots ? " with bots" : " edits"}`;
}

function readColours(box) {
  const style = getComputedStyle(box);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    edits: colour("--edits"),
    subtle: colour("--subtle"),
    bots: `color-mix(in srgb, ${colour("--subtle")} 60%, transparent)`,
    grid: colour("--bots"),
    band: colour("--band"),
    ok: colour("--ok"),
    peak: colour("--peak"),
    shade: `color-mix(in srgb, ${colour("--peak-fill")} 22%, transparent)`,
  };
}
