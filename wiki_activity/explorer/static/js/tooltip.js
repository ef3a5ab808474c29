// What the crosshair says of a month; for the pointer alone, the table of months says the same to everybody.

import { count, monthName } from "./words.js";

export function makeTooltip() {
  const tip = document.createElement("div");
  tip.className = "tooltip";
  tip.setAttribute("aria-hidden", "true");
  tip.hidden = true;
  return tip;
}

/** Show a month's numbers beside the crosshair, or nothing where `at` is null. */
export function showMonth(tip, data, chart, at) {
  tip.hidden = at === null || at === undefined;
  if (tip.hidden) return;
  const { series, compared, wiki } = data;
  const month = series.months[at];
  const title = document.createElement("b");
  const unfinished = wiki.unfinished && at === series.months.length - 1;
  title.textContent = monthName(month) + (unfinished ? ` (${wiki.unfinished_word})` : "");
  const rows = document.createElement("dl");
  const write = (value) => (value === null || value === undefined ? "no data" : count(value));
  addRow(rows, firstUp(wiki.nouns), write(series.counts[at]), "own");
  if (series.bots) addRow(rows, "of them by bots", series.bots[at] === null ? "not known" : count(series.bots[at]));
  if (series.expected[at] !== null) addRow(rows, "expected", count(series.expected[at]));
  if (series.threshold[at] !== null) addRow(rows, "alert line", count(Math.ceil(series.threshold[at])));
  compared.forEach((one, number) => addRow(rows, one.name, write(one.series.counts[one.series.months.indexOf(month)]), `vs${number + 1}`));
  tip.replaceChildren(title, rows);
  const peak = series.peaks.find((one) => one.month === month);
  if (peak) {
    const line = document.createElement("p");
    line.textContent = (peak.times ? `${count(peak.times)}× expected` : "peak") + (peak.hollow ? " · rolling mean only" : "");
    tip.append(line);
  }
  const { x } = chart.place(at, 1);
  const right = x + 16 + tip.offsetWidth > chart.size.width;
  tip.style.left = `${right ? x - 16 - tip.offsetWidth : x + 16}px`;
}

function addRow(rows, name, value, swatch) {
  const term = document.createElement("dt");
  if (swatch) {
    const colour = document.createElement("span");
    colour.className = `swatch ${swatch}`;
    term.append(colour);
  }
  const text = document.createElement("bdi");
  text.textContent = name;
  term.append(text);
  const number = document.createElement("dd");
  number.textContent = value;
  rows.append(term, number);
}

const firstUp = (text) => text.charAt(0).toUpperCase() + text.slice(1);
