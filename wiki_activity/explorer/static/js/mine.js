// The reader's own wikis, kept on this device (and by `mine_account.js` with the account): what they are, and the buttons that keep and drop one.
// A name is a wiki's address, `lang:hi` or `family:wikisource`. `mine_space.js` reads the same place.

const PLACE = "wiki-activity.mine";
const LINES = "wiki-activity.mine-lines";
const NAME = /^(?:(?:lang|family):[a-z0-9-]{1,64}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/;
export const MOST = 200;

/** The names, in the order in which they were kept; none where this browser keeps nothing. */
export function readMine() {
  try {
    const names = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(names) ? [...new Set(names.filter((name) => typeof name === "string" && NAME.test(name)))].slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** Keep these names. Tells whether this browser did. */
export function writeMine(names) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(names.slice(0, MOST)));
    dispatchEvent(new Event("mine:change"));
    return true;
  } catch {
    return false;
  }
}

/** Keep nothing any more. */
export function forgetMine() {
  localStorage.removeItem(PLACE);
  localStorage.removeItem(LINES);
}

/** Keep how many lines of the board these names took, for the space that the next visit leaves for them. */
export function writeLines(names, lines) {
  try {
    localStorage.setItem(LINES, JSON.stringify([names.join(), lines]));
  } catch {
    // The next visit leaves space for as many as there may be.
  }
}

/** Where the reader's own wikis are shown, the names in the address so that it can be passed on. */
export function mineAddress(names, path = "/mine") {
  return names.length ? `${path}?${names.map((name) => `wiki=${encodeURIComponent(name).replaceAll("%3A", ":")}`).join("&")}` : path;
}

/** Show on all buttons of the page whether theirs is kept, and let links to the page of them carry the names. */
export function paintStars() {
  const names = readMine();
  for (const button of document.querySelectorAll("[data-star]")) {
    const kept = names.includes(button.dataset.star);
    button.setAttribute("aria-pressed", String(kept));
    button.querySelector("[data-star-words]").textContent = kept ? "In my wikis" : "Keep in my wikis";
    button.dataset.alive = "";
  }
  for (const link of document.querySelectorAll('a[href="/mine"], a[href^="/mine?"][data-mine-link]')) {
    link.dataset.mineLink = "";
    link.setAttribute("href", mineAddress(names));
  }
}

function press(button) {
  const names = readMine();
  const own = button.dataset.star;
  const kept = names.includes(own);
  const words = button.querySelector("[data-star-words]");
  if (!kept && names.length >= MOST) {
    words.textContent = `There are ${MOST} already: leave one out first`;
    return;
  }
  if (!writeMine(kept ? names.filter((name) => name !== own) : [...names, own])) {
    words.textContent = "This browser keeps nothing";
    return;
  }
  paintStars();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-star]");
  if (button) press(button);
});
// Another tab may have changed them.
addEventListener("storage", (event) => { if (event.key === PLACE || event.key === null) paintStars(); });
addEventListener("pageshow", paintStars);
paintStars();
