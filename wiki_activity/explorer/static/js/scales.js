// How counts and months become places on the chart; the server's first drawing has the same limits.

import { axisCount, SHORT_MONTHS } from "./words.js";

const HEADROOM = 1.18;

/** Lowest and highest value of the plot for the months from `first` to `last`. */
export function limits(columns, counts, first, last, log) {
  let most = 0;
  let least = Infinity;
  for (const column of columns) {
    for (let at = first; at <= last; at += 1) {
      const value = column[at];
      if (value === null || value === undefined) continue;
      if (value > most) most = value;
    }
  }
  if (!log) return [0, (most || 1) * HEADROOM];
  for (const column of counts) {
    for (let at = first; at <= last; at += 1) if (column[at] >= 1 && column[at] < least) least = column[at];
  }
  if (least === Infinity) least = 1;
  return [10 ** Math.floor(Math.log10(least)), (most || 1) * 2];
}

/** Round values for the lines across. */
export function levels(low, high, log, height) {
  if (log) {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
      for (const digit of high / low < 200 ? [1, 2, 5] : [1]) {
        const value = digit * 10 ** power;
        if (value >= low && value <= high) found.push(value);
      }
    }
    return found;
  }
  const rough = high / Math.max(2, height / 48);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((one) => one * power >= rough);
  const found = [];
  for (let value = 0; value <= high; value += step) found.push(value);
  return found;
}

/** Places of the months that are named under the chart, and their names. */
export function monthTicks(months, first, last, width) {
  const room = Math.max(2, Math.floor(width / 62));
  const shown = last - first + 1;
  const step = [1, 2, 3, 4, 6, 12, 24, 36, 60, 120].find((one) => shown / one <= room) ?? 240;
  const found = [];
  for (let at = first; at <= last; at += 1) {
    const year = Number(months[at].slice(0, 4));
    const month = Number(months[at].slice(5)) - 1;
    if ((year * 12 + month) % step === 0) found.push(at);
  }
  return found;
}

/** Names of ticks: years alone where there are only Januaries, else months, with the year under the first of each. */
export function tickNames(months, ticks) {
  const onlyYears = ticks.every((at) => months[at].endsWith("-01"));
  let year = "";
  return ticks.map((at) => {
    const [ofYear, month] = months[at].split("-");
    if (onlyYears) return ofYear;
    const name = SHORT_MONTHS[Number(month) - 1];
    const text = ofYear === year ? name : `${name}\n${ofYear}`;
    year = ofYear;
    return text;
  });
}

export const levelNames = (values) => values.map(axisCount);
