// The page of the reader's own wikis: its address is filled from this device, and what is changed here is kept there.

import { mineAddress, readMine, writeMine } from "./mine.js";

const asked = new URLSearchParams(location.search).getAll("wiki");
const entries = [...document.querySelectorAll("[data-entry]")].map((one) => one.dataset.entry);
const kept = readMine();
const isOwn = entries.length === kept.length && entries.every((name) => kept.includes(name));

if (!asked.length && kept.length) {
  // The same page with the names in its address, so that it can be passed on; Back leaves it.
  const rest = location.search.slice(1);
  location.replace(mineAddress(kept) + (rest ? `&${rest}` : ""));
} else if (entries.length && !isOwn) {
  offer();
}

/** Whoever came by somebody's link may take those wikis over. */
function offer() {
  const place = document.getElementById("mine-notices");
  const bar = document.createElement("p");
  bar.className = "bar";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Keep these as my wikis";
  button.addEventListener("click", () => {
    bar.textContent = writeMine(entries)
      ? "These are your wikis now, on this device."
      : "This browser keeps nothing; the address of this page does.";
    dispatchEvent(new Event("pageshow"));
  });
  const words = kept.length
    ? "This address names other wikis than those that you keep on this device. "
    : "This address names these wikis; you keep none on this device yet. ";
  bar.append(words, button);
  place.append(bar);
}

// On one's own page, what is left out of the address is dropped from the device too.
document.getElementById("choose")?.addEventListener("submit", (event) => {
  if (isOwn) writeMine(new FormData(event.target).getAll("wiki"));
});

document.addEventListener("wiki:choose", (event) => {
  if (!event.target.matches(".add-wiki")) return;
  event.preventDefault();
  const { project } = event.detail;
  if (!entries.includes(project)) entries.push(project);
  if (isOwn) writeMine(entries);
  location.assign(mineAddress(entries));
});
