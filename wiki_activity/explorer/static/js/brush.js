// Which months are shown: two native range inputs over the overview, and a window between them that can be dragged.

import { monthName, shortMonth } from "./words.js";

const YEAR = 12;

/**
 * Bring the overview to life.
 *
 * @param months all months
 * @param range first and last place shown
 * @param hooks `moved(range)` while it moves, `settled(range)` when it rests
 */
export function makeBrush(months, range, hooks) {
  const box = document.getElementById("overview");
  const shade = box.querySelector("[data-window]");
  const ends = [...box.querySelectorAll("[data-end]")];
  const brush = { months, range: [...range], set: (next) => draw(brush, next), box, shade, ends };
  shade.hidden = false;
  ends.forEach((end, which) => {
    end.hidden = false;
    end.addEventListener("input", () => {
      moveEnd(brush, which, Number(end.value));
      hooks.moved(brush.range);
    });
    end.addEventListener("change", () => hooks.settled(brush.range));
    end.addEventListener("keydown", (event) => {
      const by = { PageUp: YEAR, PageDown: -YEAR }[event.key];
      if (!by) return;
      event.preventDefault();
      moveEnd(brush, which, brush.range[which] + by);
      hooks.moved(brush.range);
      hooks.settled(brush.range);
    });
  });
  shade.addEventListener("pointerdown", (event) => drag(brush, event, hooks));
  box.addEventListener("pointerdown", (event) => event.target === box && jump(brush, event, hooks));
  draw(brush, range);
  return brush;
}

/** The words under the overview. */
export function nameRange([first, last], months) {
  const number = last - first + 1;
  return `${shortMonth(months[first])} – ${shortMonth(months[last])} · ${number} ${number === 1 ? "month" : "months"}`;
}

function draw(brush, range) {
  const { months, shade, ends } = brush;
  const most = months.length - 1;
  brush.range = [...range];
  ends.forEach((end, which) => {
    end.max = String(most);
    end.value = String(range[which]);
    end.setAttribute("aria-valuetext", monthName(months[range[which]]));
  });
  shade.style.left = `${(100 * range[0]) / most}%`;
  shade.style.right = `${100 - (100 * range[1]) / most}%`;
  // Where both ends are far right, the first one must be in reach.
  ends[0].classList.toggle("above", range[0] > most / 2);
}

function moveEnd(brush, which, to) {
  const next = [...brush.range];
  const most = brush.months.length - 1;
  const narrow = Math.min(2, most);
  next[which] = which === 0 ? Math.max(0, Math.min(to, next[1] - narrow)) : Math.min(most, Math.max(to, next[0] + narrow));
  draw(brush, next);
}

function drag(brush, start, hooks) {
  if (start.button !== 0) return;
  const { box, shade, months } = brush;
  const [first, last] = brush.range;
  const most = months.length - 1;
  const perMonth = box.clientWidth / most;
  shade.setPointerCapture(start.pointerId);
  shade.classList.add("held");
  const move = (event) => {
    const wanted = Math.round((event.clientX - start.clientX) / perMonth);
    const by = Math.max(-first, Math.min(most - last, wanted));
    if (first + by === brush.range[0]) return;
    draw(brush, [first + by, last + by]);
    hooks.moved(brush.range);
  };
  const end = () => {
    shade.classList.remove("held");
    shade.removeEventListener("pointermove", move);
    if (brush.range[0] !== first) hooks.settled(brush.range);
  };
  shade.addEventListener("pointermove", move);
  shade.addEventListener("lostpointercapture", end, { once: true });
}

function jump(brush, event, hooks) {
  const { box, months } = brush;
  const most = months.length - 1;
  const width = brush.range[1] - brush.range[0];
  const middle = Math.round((most * (event.clientX - box.getBoundingClientRect().left)) / box.clientWidth);
  const first = Math.max(0, Math.min(most - width, middle - Math.round(width / 2)));
  draw(brush, [first, first + width]);
  hooks.moved(brush.range);
  hooks.settled(brush.range);
}
