// Numbers and times as the server writes them.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0, roundingMode: "halfEven" });
const SMALL = new Intl.NumberFormat("en", { maximumFractionDigits: 1, roundingMode: "halfEven" });
const TINY = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function count(number) {
  if (number > 0 && number < 0.95) return TINY.format(Math.max(number, 0.01));
  return (Math.round(number * 10) / 10 < 10 ? SMALL : WHOLE).format(number);
}

export function clock(seconds) {
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}

export function second(text) {
  return new Date(text).toISOString().slice(11, 19);
}

export function moment(text) {
  const at = new Date(text);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}, ${at.toISOString().slice(11, 16)}`;
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
