// Pages and what scripts draw from them: asked for once, kept for a minute, and given up when nobody waits any more.

const KEPT_MS = 60_000;
const MOST = 12;
const kept = new Map();
let asked = null;

export class PageError extends Error {}

/**
 * The document that the server makes for an address; it is parsed by the browser and no string becomes markup here.
 * A later call gives up an earlier one, which then fails like any other.
 */
export function loadPage(address, { fresh = false } = {}) {
  // What was only expected may be what is wanted now.
  if (!fresh && asked?.address === address) return asked.answer;
  asked?.request.abort();
  asked = null;
  const known = kept.get(address);
  if (!fresh && known && performance.now() - known.at < KEPT_MS) return Promise.resolve(known.page);
  const request = new XMLHttpRequest();
  const answer = new Promise((resolve, reject) => {
    request.open("GET", address);
    request.responseType = "document";
    request.timeout = 20_000;
    const fail = (text) => () => reject(new PageError(text));
    request.onloadend = () => { if (asked?.request === request) asked = null; };
    request.onabort = fail("Given up");
    request.onerror = fail("The server cannot be reached");
    request.ontimeout = fail("The server did not answer in time");
    request.onload = () => {
      const page = request.response;
      if (request.status === 200 && page?.getElementById("series")) {
        keep(address, page);
        resolve(page);
      } else {
        reject(new PageError(page?.querySelector("h1")?.textContent || `The server answered ${request.status}`));
      }
    };
    request.send();
  });
  asked = { request, address, answer };
  return answer;
}

/** Ask for a page that may be wanted next; nobody hears of it if that fails. */
export function expectPage(address) {
  if (kept.has(address) || asked) return;
  loadPage(address).catch(() => undefined);
}

/** What a page holds for scripts. */
export function readData(page) {
  const read = (id) => JSON.parse(page.getElementById(id).textContent);
  return { wiki: read("wiki"), series: read("series"), compared: read("compared") };
}

/** Forget all pages, for something was written. */
export function forget() {
  kept.clear();
}

function keep(address, page) {
  kept.delete(address);
  kept.set(address, { page, at: performance.now() });
  if (kept.size > MOST) kept.delete(kept.keys().next().value);
}
