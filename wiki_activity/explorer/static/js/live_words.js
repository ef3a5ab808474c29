// Times as the server writes them, and the small parts of what live pages show.

import { SHORT_MONTHS } from "./words.js";

export function clock(seconds) {
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}

export function second(text) {
  return new Date(text).toISOString().slice(11, 19);
}

export function moment(text) {
  const at = new Date(text);
  return `${at.getUTCDate()} ${SHORT_MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}, ${at.toISOString().slice(11, 16)}`;
}

/** A duration in the one unit that says enough: `7 min`, `5 h`, `12 days`. */
export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

// The next number that reads well at the end of an axis.
export function roundUp(number) {
  const size = 10 ** Math.floor(Math.log10(Math.max(number, 1)));
  return size * [1, 2, 4, 6, 8, 10].find((first) => size * first >= number);
}

export function judged(snapshot, point) {
  if (point.edits === null) return null;
  return snapshot.counted === "people_edits" ? point.edits - point.bots : point.edits;
}

export function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}
