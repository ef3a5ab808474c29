// How fast it goes now: the number, the sentence, the gauge.

import { roundUp } from "./live_words.js";
import { count } from "./words.js";

const WIDTH = 600;

export function showGauge(root, snapshot) {
  const rate = root.querySelector("[data-rate]");
  rate.textContent = snapshot.rate === null ? "–" : count(snapshot.rate);
  rate.parentElement.classList.toggle("busy", snapshot.busy);
  root.querySelector("[data-busy]").hidden = !snapshot.busy;
  root.querySelector("[data-sentence]").textContent = snapshot.sentence;
  const gauge = root.querySelector("[data-gauge]");
  if (gauge !== null && snapshot.speaks_at !== null) drawGauge(root, gauge, snapshot);
}

function drawGauge(root, gauge, { rate, usual, speaks_at: speaksAt, sentence }) {
  const most = roundUp(1.25 * Math.max(speaksAt, rate ?? 0));
  const place = WIDTH / most;
  gauge.setAttribute("aria-valuemax", String(most));
  gauge.setAttribute("aria-valuenow", String(rate ?? 0));
  gauge.setAttribute("aria-valuetext", sentence);
  put(gauge, ".range", usual === null ? null : place * usual, usual === null ? 0 : place * (speaksAt - usual));
  put(gauge, ".usual", usual === null ? null : place * usual);
  put(gauge, ".limit", place * speaksAt);
  put(gauge, ".marker", rate === null ? null : place * rate - 3.5);
  root.querySelector("[data-most]").textContent = count(most);
  root.querySelector("[data-range]").textContent =
    usual === null
      ? `A busy spell begins above ${count(speaksAt)} a minute, a fixed limit.`
      : `Usual ${count(usual)} a minute. On a wiki of this pace ${count(speaksAt)} a minute for ten minutes are noticed as a busy spell, more of them sooner, and fewer perhaps not.`;
}

function put(gauge, name, x, width) {
  const shape = gauge.querySelector(name);
  shape.setAttribute("visibility", x === null ? "hidden" : "visible");
  if (x !== null) shape.setAttribute("x", x.toFixed(1));
  if (width !== undefined) shape.setAttribute("width", width.toFixed(1));
}
