// Months chosen on the chart by the pointer: a click means one, a drag all that it passes. Without a pointer there are buttons.

const FEWEST_PIXELS = 6;

/** Watch a drawn chart; `chosen(first, last)` gets places of months. */
export function watchChart(chart, { chosen }) {
  const { plot } = chart;
  const box = plot.over;
  const stripe = document.createElement("div");
  stripe.className = "choice";
  stripe.hidden = true;
  box.append(stripe);
  let begin = null;
  const placeOf = (event) => event.clientX - box.getBoundingClientRect().left;
  const months = (from, to) => [from, to].map((x) => plot.posToIdx(x)).sort((one, other) => one - other);

  box.addEventListener("pointerdown", (event) => {
    // Buttons over the plot mean themselves; a finger scrolls.
    begin = event.button === 0 && event.target === box ? placeOf(event) : null;
  });
  box.addEventListener("pointermove", (event) => {
    if (begin === null || event.pointerType === "touch") return;
    const x = placeOf(event);
    stripe.hidden = Math.abs(x - begin) < FEWEST_PIXELS;
    stripe.style.left = `${Math.min(x, begin)}px`;
    stripe.style.width = `${Math.abs(x - begin)}px`;
  });
  box.addEventListener("pointerup", (event) => {
    if (begin === null) return;
    const x = Math.min(Math.max(placeOf(event), 0), box.clientWidth - 1);
    const [first, last] = months(event.pointerType === "touch" ? x : begin, x);
    begin = null;
    stripe.hidden = true;
    chosen(first, last);
  });
  for (const end of ["pointercancel", "pointerleave"]) {
    box.addEventListener(end, () => {
      begin = null;
      stripe.hidden = true;
    });
  }
}
