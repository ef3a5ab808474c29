// The board's live strip, asked for anew while somebody looks at it; nothing of it is read out by itself.

import { element } from "./live_words.js";

const EVERY_MS = 10_000;
const strip = document.querySelector("[data-strip]");
const find = (name) => strip.querySelector(`[data-${name}]`);

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/api/v1/live/strip", { cache: "no-store", signal: AbortSignal.timeout(EVERY_MS) });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
    show(await answer.json());
  } catch {
    tell("sentence", "The server cannot be reached. What is shown here is as last received.", true);
  }
}

function show(now) {
  tell("sentence", now.sees ? "" : now.sentence, now.started);
  tell("episodes-sentence", now.episodes_sentence, !now.episodes_known);
  list(find("wikis"), now.wikis);
  list(find("episodes"), now.episodes);
}

function tell(name, text, isTrouble) {
  const place = find(name);
  place.textContent = text;
  place.hidden = !text;
  place.className = isTrouble ? "bar blind" : "subtle";
}

/** Show lines; those that stay keep their place in the document, and with it the focus. */
function list(place, lines) {
  const old = new Map([...place.children].map((row) => [row.dataset.key, row]));
  const rows = lines.map((line) => fill(old.get(line.key) ?? makeRow(line), line));
  if (rows.length === place.children.length && rows.every((row, at) => row === place.children[at])) return;
  const focused = document.activeElement;
  place.replaceChildren(...rows);
  if (place.contains(focused)) focused.focus({ preventScroll: true });
}

function makeRow(line) {
  const row = element("li");
  row.dataset.key = line.key;
  const link = element("a");
  link.href = `/live/${encodeURIComponent(line.project)}`;
  link.append(element("bdi", line.name));
  row.append(link);
  return row;
}

function fill(row, { busy, words }) {
  while (row.firstChild.nextSibling) row.lastChild.remove();
  if (busy) row.append(" ", element("span", "now", "tag now"));
  row.append(" ", element("span", words, "subtle"));
  return row;
}

if (strip) {
  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", ask);
}
