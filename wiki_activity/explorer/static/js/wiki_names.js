// All wikis as short rows, and how a text finds them: by language, native name, English name, address or database.

const LIST = "/api/v1/projects?compact=1&limit=1000";
const ENDINGS = { wikipedia: "wiki", special: "wiki" };
let loading = null;

/** All wikis, biggest first; asked for once, and again after a failure. */
export function loadWikis() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** The wikis that a text finds, best first; those of the same rank biggest first. */
export function findWikis(wikis, text, most = 12) {
  const wanted = fold(nameOf(text));
  if (!wanted) return wikis.slice(0, most);
  const found = [];
  for (const wiki of wikis) {
    const rank = rankOf(wiki, wanted);
    if (rank < 4) found.push([rank, wiki]);
  }
  // Sorting keeps the order of equals, which is by size.
  return found.sort((one, other) => one[0] - other[0]).slice(0, most).map(([, wiki]) => wiki);
}

/** What an address that somebody pasted, or the name of a mobile site, says of its wiki; any other text as it is. */
function nameOf(text) {
  const host = /^(?:(?:https?:)?\/\/)?([^/?#\s]+\.[^/?#\s.]+)\.?(?:[/?#].*)?$/i.exec(text.trim())?.[1];
  return host === undefined ? text : host.replace(/^www\./i, "").replace(/(^|\.)m\./i, "$1");
}

/** Fold case, width and accents away. */
export function fold(text) {
  return text.trim().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
}

async function load() {
  const wikis = [];
  let cursor = null;
  do {
    const answer = await fetch(cursor === null ? LIST : `${LIST}&cursor=${encodeURIComponent(cursor)}`);
    const page = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(page.title ?? `The server answered ${answer.status}`);
    wikis.push(...page.items.map(read));
    cursor = page.next;
  } while (cursor);
  return wikis;
}

function read([project, language, name, autonym, family, direction, closed, tag]) {
  const database = language.replaceAll("-", "_") + (ENDINGS[family] ?? family);
  const exact = [language, database, project, project.replace(/^www\./, "")].map(fold);
  return { project, name, autonym, direction, closed, tag, exact, names: [fold(autonym), fold(name), fold(project)] };
}

function rankOf({ exact, names }, wanted) {
  if (exact.includes(wanted)) return 0;
  if (names.some((name) => name.startsWith(wanted))) return 1;
  if (names.some((name) => name.includes(` ${wanted}`))) return 2;
  return names.some((name) => name.includes(wanted)) || exact[1].startsWith(wanted) ? 3 : 4;
}
