// Numbers and months as readers write them, the same as the server's.

const LONG = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0, roundingMode: "halfEven" });
const tenths = new Intl.NumberFormat("en", { maximumFractionDigits: 1, roundingMode: "halfEven" });
const twoDigits = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });

export const SHORT_MONTHS = LONG.map((name) => name.slice(0, 3));
export const monthName = (key) => `${LONG[Number(key.slice(5)) - 1]} ${key.slice(0, 4)}`;
export const shortMonth = (key) => `${SHORT_MONTHS[Number(key.slice(5)) - 1]} ${key.slice(0, 4)}`;

/** First and last day of a month, `2025-11` as `2025-11-30`. */
export const firstDay = (month) => `${month}-01`;
export const lastDay = (month) => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).toISOString().slice(0, 10);

/** A range of days as readers write it; whole months by their names. */
export function nameDays(first, last) {
  const months = [first, last].map((day) => day.slice(0, 7));
  const whole = first === firstDay(months[0]) && last === lastDay(months[1]);
  const names = [first, last].map((day) => (whole ? "" : `${Number(day.slice(8))} `) + monthName(day.slice(0, 7)));
  return names[0] === names[1] ? names[0] : names.join(" to ");
}

export function count(value) {
  if (value > 0 && value < 0.95) return twoDigits.format(Math.max(value, 0.01));
  return (Math.round(value * 10) / 10 < 10 ? tenths : whole).format(value);
}

/** A count for an axis: 350K, 1.2M. */
export function axisCount(value) {
  for (const [size, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "K"]]) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${letter}`;
  }
  return String(Number(value.toPrecision(3)));
}
