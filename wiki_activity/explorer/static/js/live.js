// A live page: what comes is kept in one model, drawn when it may move, and told aloud only when something changes.

import { Chart } from "./live_chart.js";
import { Feed } from "./live_feed.js";
import { showGauge } from "./live_gauge.js";
import { isMuted } from "./live_own.js";
import { showLists, showMinutes, showEpisodes } from "./live_lists.js";
import { duration, moment, second } from "./live_words.js";

const SHOWN_MINUTES = 180;
const SHOWN_SPELLS = 20;

const root = document.querySelector("[data-live]");
const first = JSON.parse(document.getElementById("live-data").textContent);
const model = { snapshot: first, points: first.points, episodes: first.episodes, lost: false, paused: false };
const chart = new Chart(root.querySelector("[data-chart]"));
const find = (name) => root.querySelector(`[data-${name}]`);

let drawing = 0;
function draw() {
  if (model.paused || drawing) return;
  drawing = requestAnimationFrame(() => {
    drawing = 0;
    showState();
    showGauge(root, model.snapshot);
    showLists(root, model.snapshot);
    showEpisodes(root, model.episodes, model.snapshot.episodes_readable, first.project !== null);
    showMinutes(root, model.points);
    chart.show(model);
  });
}

function showState() {
  const { snapshot } = model;
  root.toggleAttribute("data-stale", model.lost || !snapshot.stream_health.current);
  find("received").hidden = snapshot.rate === null || (!model.lost && snapshot.stream_health.current);
  const until = snapshot.until === null ? "" : `edits made until ${second(snapshot.until)} UTC`;
  const behind = snapshot.behind_seconds > 60 ? `, ${duration(snapshot.behind_seconds)} behind the clock` : "";
  find("connection").textContent = `${model.lost ? "Not connected to this site" : "Connected to this site"}${until ? ` · ${until}${behind}` : ""}`;
  const muted = find("muted");
  if (muted !== null) {
    muted.hidden = snapshot.muted_until === null;
    find("muted-until").textContent = snapshot.muted_until === null ? "" : `${moment(snapshot.muted_until)} UTC`;
  }
}

// Blindness and a lost connection are shown at once, even on a page that stands still.
function showTrouble() {
  const { stream_health: health } = model.snapshot;
  find("health").hidden = health.current;
  find("health").textContent = health.current ? "" : health.sentence;
  find("warning").hidden = health.warning === "";
  find("warning").textContent = health.warning;
  find("lost").hidden = !model.lost;
  find("lost").textContent = model.lost ? "Connection lost – retrying. Numbers below are the last received." : "";
  root.toggleAttribute("data-stale", model.lost || !health.current);
}

function announce(text) {
  find("announcer").textContent = text;
}

const handlers = {
  snapshot(snapshot) {
    const sawBefore = model.snapshot.stream_health.sees;
    if (snapshot.newest_minute !== null && snapshot.newest_minute < (model.points.at(-1)?.minute ?? 0)) model.points = [];
    model.snapshot = snapshot;
    if (snapshot.stream_health.sees && !sawBefore) announce("Edits are seen again.");
    showTrouble();
    draw();
  },
  point(point) {
    const newest = model.points.at(-1)?.minute ?? 0;
    if (point.minute <= newest) return;
    model.points = [...model.points, point].slice(-SHOWN_MINUTES);
    draw();
  },
  episode(episode) {
    const old = model.episodes.find((one) => one.key === episode.key);
    const isNews = old === undefined ? episode.state === "open" : old.state !== episode.state;
    if (isNews && !isMuted(episode.project)) announce(episode.sentence);
    const others = model.episodes.filter((one) => one.key !== episode.key);
    model.episodes = [episode, ...others].sort((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at)).slice(0, SHOWN_SPELLS);
    draw();
  },
  blind(health) {
    const sawBefore = model.snapshot.stream_health.sees;
    model.snapshot = { ...model.snapshot, stream_health: health };
    if (health.sees && !sawBefore) announce("Edits are seen again.");
    showTrouble();
    draw();
  },
  all(live) {
    model.lost = false;
    live.points.forEach((one) => handlers.point(one));
    live.episodes.toReversed().forEach((one) => handlers.episode(one));
    handlers.snapshot(live);
  },
  lost() {
    model.lost = true;
    showTrouble();
    draw();
  },
  found() {
    if (!model.lost) return;
    model.lost = false;
    showTrouble();
    draw();
  },
};

const pause = find("pause");
pause.hidden = false;
pause.addEventListener("click", () => {
  model.paused = !model.paused;
  pause.textContent = model.paused ? "Resume" : "Pause";
  if (model.paused) find("connection").textContent = "Paused: nothing moves until you resume.";
  else draw();
});
find("minutes").addEventListener("toggle", () => showMinutes(root, model.points));

addEventListener("live-own:change", draw);
new Feed(first.project, first.newest_minute, handlers);
draw();
