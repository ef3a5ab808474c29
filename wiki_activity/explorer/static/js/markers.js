// Peaks as real buttons over the plot, in the order of months, and the labels of those that have a note.

import { count, monthName, nameDays } from "./words.js";

const STEP = 22;
const WIDEST = () => (matchMedia("(max-width: 40rem)").matches ? 110 : 170);
const GAP = 4;

/** Make the buttons of a series; `open(month)` is called with the month that was chosen. Long notes get a bar at the foot. */
export function makeMarkers(data, open) {
  const layer = document.createElement("div");
  layer.className = "markers";
  layer.setAttribute("role", "group");
  layer.setAttribute("aria-label", "Peaks");
  const places = new Map(data.series.months.map((month, at) => [month, at]));
  const found = [...data.series.peaks, ...data.series.notes.map((note) => ofNote(note, data, places))];
  found.sort((one, other) => (one.month < other.month ? -1 : 1));
  const marks = found.map((peak) => makeMark(peak, places.get(peak.month), data.wiki.nouns, open));
  shareButtons(marks, data.wiki.nouns);
  for (const mark of marks) {
    layer.append(mark.button);
    if (mark.label) layer.append(mark.stem, mark.label);
    if (mark.bar) layer.append(mark.bar);
  }
  return { layer, marks };
}

/** One month has one button, which says all that is there and opens it: two would lie on each other. */
function shareButtons(marks, nouns) {
  const first = new Map();
  for (const mark of marks) {
    const before = first.get(mark.peak.month);
    if (!before) first.set(mark.peak.month, mark);
    else {
      mark.isShared = true;
      before.button.setAttribute("aria-label", `${before.button.getAttribute("aria-label")}. ${describe(mark.peak, nouns)}`);
    }
  }
}

/** Put the buttons where their months are now; months that are not shown have none. */
export function placeMarkers({ marks }, chart, [first, last]) {
  const { width, height } = chart.size;
  const taken = [];
  for (const mark of marks) {
    const shown = mark.at >= first && mark.at <= last && mark.peak.value !== null;
    mark.button.hidden = !shown || Boolean(mark.isShared);
    if (mark.label) mark.label.hidden = mark.stem.hidden = !shown;
    if (mark.bar) placeBar(mark, chart, [first, last]);
    if (!shown) continue;
    const { x, y } = chart.place(mark.at, mark.peak.value);
    mark.x = x;
    mark.y = y;
    mark.button.style.left = `${x}px`;
    mark.button.style.top = `${y}px`;
    taken.push({ left: x - 9, right: x + 9, top: y - 9, bottom: y + 9 });
  }
  for (const mark of marks) if (mark.label && !mark.label.hidden) placeLabel(mark, taken, width, height);
}

/** The words of a peak's button. */
export function describe(peak, nouns) {
  if (peak.isNote) return `Note on ${nameDays(peak.annotation.first, peak.annotation.last)}: ${peak.annotation.label}`;
  const size = peak.value === null ? "no data" : `${count(peak.value)} ${nouns}`;
  const times = peak.times ? `, ${count(peak.times)}× expected` : "";
  const rule = peak.hollow ? ", seen by the rolling mean only" : "";
  const label = peak.annotation ? `. ${peak.annotation.label}` : "";
  return `Peak ${monthName(peak.month)}: ${size}${times}${rule}${label}`;
}

/** A note stands on the first of its months that has a count, or else on the ground. */
function ofNote(note, data, places) {
  const { months, counts } = data.series;
  const begin = places.get(note.month);
  const end = places.get(note.annotation.last.slice(0, 7)) ?? months.length - 1;
  const value = counts.slice(begin, end + 1).find((one) => one !== null) ?? 0;
  return { ...note, value, times: null, hollow: false, isNote: true, months: [begin, end] };
}

function placeBar({ bar, peak }, chart, [first, last]) {
  const [begin, end] = [Math.max(peak.months[0], first), Math.min(peak.months[1], last)];
  bar.hidden = begin > end;
  if (bar.hidden) return;
  const left = chart.place(begin - 0.5, 1).x;
  bar.style.left = `${left}px`;
  bar.style.width = `${chart.place(end + 0.5, 1).x - left}px`;
}

function makeMark(peak, at, nouns, open) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "marker";
  button.classList.toggle("hollow", peak.hollow);
  button.classList.toggle("noted", Boolean(peak.annotation) && !peak.isNote);
  button.classList.toggle("note", Boolean(peak.isNote));
  button.dataset.month = peak.month;
  button.setAttribute("aria-label", describe(peak, nouns));
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", () => open(peak.month));
  const mark = { peak, at, button, label: null, stem: null };
  if (peak.annotation) addLabel(mark, open);
  if (peak.months && peak.months[1] > peak.months[0]) {
    mark.bar = document.createElement("span");
    mark.bar.className = "note-bar";
  }
  return mark;
}

function addLabel(mark, open) {
  const label = document.createElement("span");
  label.className = "mark-label";
  label.setAttribute("aria-hidden", "true");
  label.dataset.labelOf = mark.peak.month;
  label.title = mark.peak.annotation.label;
  const text = document.createElement("bdi");
  text.textContent = mark.peak.annotation.label;
  label.append(text);
  label.addEventListener("click", () => open(mark.peak.month));
  const stem = document.createElement("span");
  stem.className = "stem";
  const tapped = (on) => () => label.classList.toggle("tapped", on);
  mark.button.addEventListener("focus", tapped(true));
  mark.button.addEventListener("blur", tapped(false));
  Object.assign(mark, { label, stem, width: 0 });
}

function placeLabel(mark, taken, width, height) {
  mark.width ||= Math.min(WIDEST(), mark.label.offsetWidth);
  const own = mark.width || WIDEST();
  const left = Math.max(0, Math.min(width - own, mark.x - own / 2));
  const top = findRoom(taken, left, own, Math.min(mark.y - 36, height - STEP));
  if (top === null) {
    mark.label.hidden = mark.stem.hidden = true;
    return;
  }
  mark.label.style.left = `${left}px`;
  mark.label.style.top = `${top}px`;
  mark.stem.style.left = `${mark.x}px`;
  mark.stem.style.top = `${top + STEP - 1}px`;
  mark.stem.style.height = `${Math.max(0, mark.y - top - STEP - 7)}px`;
  taken.push({ left: left - GAP, right: left + own + GAP, top, bottom: top + STEP });
}

function findRoom(taken, left, width, start) {
  const free = (top) => !taken.some((one) => one.left < left + width && one.right > left && one.top < top + STEP && one.bottom > top);
  for (let top = Math.max(start, -8); top >= -8; top -= STEP) if (free(top)) return top;
  return null;
}
