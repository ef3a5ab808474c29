// The page of one wiki: every change is a change of address, whose page the server makes and whose parts are taken over.

import { makeBrush, nameRange } from "./brush.js";
import { watchChart } from "./choose_months.js";
import { Chart } from "./chart.js";
import { watchComparedPeaks, whereTo } from "./compare.js";
import { expectPage, forget, loadPage, PageError, readData } from "./data.js";
import { makeMarkers, placeMarkers } from "./markers.js";
import { paintStars } from "./mine.js";
import { attachSearches } from "./search.js";
import { keysOfRange, rangeOf, withKeys } from "./state.js";
import { makeTooltip, showMonth } from "./tooltip.js";

const PATIENCE_MS = 150;
const REST_MS = 180;
/** What leads elsewhere and is in no part of the page. */
const LINKS = ["link[rel=canonical]", "link[rel=alternate]", ".person a[href^='/login']"];

const box = document.getElementById("chart");
const problem = document.getElementById("problem");
const chart = window.uPlot ? new Chart(document.getElementById("plot"), { moved, drawn, made }) : null;
const tooltip = makeTooltip();
let data = null;
let range = [0, 0];
let markers = null;
let brush = null;
let resting = 0;
let going = 0;
let shown = location.pathname + location.search;

/** Show what a page holds; the document has its parts already. */
function show(page) {
  data = readData(page);
  shown = location.pathname + location.search;
  range = rangeOf(location.href, data.series.months);
  const any = data.series.months.length > 0;
  if (chart && any) {
    markers = makeMarkers(data, openMonth);
    chart.layers = [markers.layer, tooltip];
    tooltip.hidden = true;
    chart.show(data, range);
  }
  box.classList.toggle("drawn", Boolean(chart && any));
  box.querySelector("#plot").hidden = !any;
  showBrush();
  watchComparedPeaks(chart ?? {});
  attachSearches(document);
  paintStars();
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

function showBrush() {
  const box = document.getElementById("overview");
  if (brush?.box === box) brush.set(range);
  else if (data.series.months.length > 1) brush = makeBrush(data.series.months, range, { moved: moveRange, settled: rest });
}

/** Go to an address: its page is loaded, its parts take the places of those here. */
async function go(address, { history: how = "push", fresh = false } = {}) {
  clearTimeout(resting);
  going += 1;
  const mine = going;
  const waiting = setTimeout(() => mine === going && box.setAttribute("aria-busy", "true"), PATIENCE_MS);
  try {
    const page = await loadPage(address, { fresh });
    if (mine !== going) return;
    if (how === "push" && address !== location.pathname + location.search) history.pushState(null, "", address);
    if (how === "replace") history.replaceState(null, "", address);
    takeOver(page);
    problem.hidden = true;
    show(page);
  } catch (error) {
    if (mine !== going) return;
    if (!(error instanceof PageError)) throw error;
    tellProblem(error, address, how);
    comeBack(how);
  } finally {
    clearTimeout(waiting);
    if (mine === going) box.removeAttribute("aria-busy");
  }
}

/** Put the parts of another page in the places of those here; what is the same stays, with its focus and scrolling. */
function takeOver(page) {
  const focused = document.activeElement?.id;
  const open = [...document.querySelectorAll("main details[open]")].map((one) => one.id);
  document.title = page.title;
  for (const link of LINKS) {
    const others = page.querySelectorAll(link);
    document.querySelectorAll(link).forEach((own, at) => others[at] && own.replaceWith(document.importNode(others[at], true)));
  }
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = page.querySelector(`[data-part="${part.dataset.part}"]`);
    // A page may be taken over more than once, so it keeps its own parts.
    if (!isSame(part, other)) part.replaceWith(document.importNode(other, true));
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** Whether a part need not be changed; of the overview, which is alive, the drawing alone tells. */
function isSame(part, other) {
  if (part.dataset.part !== "overview") return part.isEqualNode(other);
  return part.hidden === other.hidden && part.querySelector("svg").isEqualNode(other.querySelector("svg"));
}

/** Where a page could not be had, the address says again what is shown. */
function comeBack(how) {
  if (location.pathname + location.search === shown) return;
  // The entry that Back or Forward led to stays where it is, to be tried again.
  if (how === "travel") history.pushState(null, "", shown);
  else history.replaceState(null, "", shown);
  range = rangeOf(shown, data.series.months);
  showBrush();
  document.getElementById("shown").textContent = nameRange(range, data.series.months);
  chart?.move(range);
}

function tellProblem(error, address, how) {
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = "Retry";
  again.addEventListener("click", () => go(address, { history: how === "none" ? "replace" : "push", fresh: true }));
  problem.replaceChildren(`${error.message}. Shown is what was there before. `, again);
  problem.hidden = false;
}

/** The brush moves: the chart follows at once, the rest when the brush rests. */
function moveRange(next) {
  clearTimeout(resting);
  // A page that is still on its way shows other months by now.
  going += 1;
  range = [...next];
  history.replaceState(null, "", withKeys(location.href, keysOfRange(...range, data.series.months)));
  document.getElementById("shown").textContent = nameRange(range, data.series.months);
  chart?.move(range);
}

function rest() {
  clearTimeout(resting);
  resting = setTimeout(() => go(location.pathname + location.search, { history: "none" }), REST_MS);
}

function moved(at) {
  if (chart?.plot) showMonth(tooltip, data, chart, at);
}

/** Each drawing anew has a plot of its own. */
function made() {
  watchChart(chart, { chosen: (from, to) => openNotes({ months: [from, to].map((at) => data.series.months[at]) }) });
}

function drawn() {
  if (markers) placeMarkers(markers, chart, range);
}

const openMonth = (month, from) => openNotes({ months: [month, month] }, from);

/** Open the notes on some months, or one note; `task` is as in `dialog.js`. */
async function openNotes(task, from = document.activeElement) {
  const { openDialog } = await import("./dialog.js");
  const month = task.months?.[0];
  openDialog({
    ...task, data,
    saved: async () => {
      forget();
      await go(location.pathname + location.search, { history: "none", fresh: true });
    },
    closed: () => focusMonth(month, from),
  });
}

/** Back to where the form was opened: the button may be another one by now. */
function focusMonth(month, from) {
  const marker = box.querySelector(`.marker[data-month="${month}"]`);
  const target = from?.classList?.contains("marker") ? marker : document.getElementById(from?.id || `explain-${month}`);
  (target ?? marker)?.focus();
}

function isPlain(event) {
  return !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

document.getElementById("main").addEventListener("click", (event) => {
  if (!isPlain(event)) return;
  const explain = event.target.closest("[data-explain]");
  const add = event.target.closest("[data-add-note]");
  const note = event.target.closest("a[data-note]");
  const link = event.target.closest("a[data-go]");
  const copy = event.target.closest("[data-copy]");
  if (explain) {
    event.preventDefault();
    openMonth(explain.dataset.explain, explain);
  } else if (add && data.series.months.length) {
    event.preventDefault();
    const newest = data.series.months[range[1]];
    openNotes({ months: [newest, newest], write: Boolean(document.getElementById("explain-form")) }, add);
  } else if (note) {
    const found = data.series.notes.find((one) => String(one.annotation.id) === note.dataset.note);
    if (found) {
      event.preventDefault();
      openNotes({ note: found.annotation }, note);
    }
  } else if (link) {
    event.preventDefault();
    go(link.pathname + link.search);
  } else if (copy) {
    copyLink(copy);
  }
});

async function copyLink(button) {
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copy it from the address bar";
  }
  setTimeout(() => { button.textContent = "Copy link"; }, 2000);
}

document.addEventListener("wiki:choose", (event) => {
  event.preventDefault();
  // A reader who went to another wiki begins at its top, and "/" leads back to the search.
  if (!event.detail.compare || event.target.closest?.("header")) document.getElementById("main").focus();
  go(whereTo(event.detail, location.href));
});

/** What the pointer, the focus or the list of wikis rests on may be wanted next. */
function expect(event) {
  const link = event.target.closest?.("a[data-go]");
  if (link) expectPage(link.pathname + link.search);
}

for (const kind of ["pointerover", "focusin"]) document.getElementById("main").addEventListener(kind, expect);
document.addEventListener("wiki:consider", (event) => expectPage(whereTo(event.detail, location.href)));

addEventListener("popstate", () => go(location.pathname + location.search, { history: "travel" }));

show(document);
