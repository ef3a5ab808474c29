// Which wikis a text finds: the server says so, by the one way of finding that there is.

const LIST = "/api/v1/projects?compact=1";
const PATIENCE_MS = 10_000;
const MOST_KEPT = 200;
const kept = new Map();
let asked = null;

/** The wikis that a text finds, best first; what was asked for before and has not come yet is given up. */
export async function findWikis(text, most = 12) {
  const query = new URLSearchParams({ q: text.trim(), limit: String(most) }).toString();
  if (kept.has(query)) return kept.get(query);
  asked?.abort();
  const own = new AbortController();
  asked = own;
  const answer = await fetch(`${LIST}&${query}`, { signal: AbortSignal.any([own.signal, AbortSignal.timeout(PATIENCE_MS)]) });
  const page = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(page.title ?? `The server answered ${answer.status}`);
  if (kept.size >= MOST_KEPT) kept.clear();
  const found = page.items.map(read);
  kept.set(query, found);
  return found;
}

function read([project, , name, autonym, , direction, closed, tag]) {
  return { project, name, autonym, direction, closed, tag };
}
