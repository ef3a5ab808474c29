// The address is the state: what a page shows is read from it and written back to it, and nowhere else.

/** The address with some keys set; null takes a key out. */
export function withKeys(address, keys) {
  const url = new URL(address, location.href);
  for (const [key, value] of Object.entries(keys)) {
    if (value === null) url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  return url.pathname + url.search;
}

/** The address with one more wiki to compare with, if there is room for it. */
export function withCompared(address, project, most = 3) {
  const url = new URL(address, location.href);
  const now = url.searchParams.getAll("vs");
  if (!now.includes(project) && now.length < most) url.searchParams.append("vs", project);
  return url.pathname + url.search;
}

/** The address of another wiki, seen in the same way: months, scale, metric and detector stay. */
export function ofWiki(address, project) {
  const url = new URL(address, location.href);
  const others = url.searchParams.getAll("vs").filter((one) => one !== project);
  url.searchParams.delete("vs");
  for (const one of others) url.searchParams.append("vs", one);
  return `/p/${encodeURIComponent(project)}${url.search}`;
}

/** First and last place of the months that an address asks for. */
export function rangeOf(address, months) {
  const query = new URL(address, location.href).searchParams;
  const place = (key, otherwise) => {
    const at = months.indexOf(query.get(key) ?? "");
    return at < 0 ? otherwise : at;
  };
  const end = Math.max(0, months.length - 1);
  const from = query.get("from"), to = query.get("to");
  const first = from && from > months[end] ? end : place("from", 0);
  const last = to && to < months[0] ? 0 : place("to", end);
  return first <= last ? [first, last] : [0, end];
}

/** The keys of a range; ends of the data are left out, so that a shared link stays fresh. */
export function keysOfRange(first, last, months) {
  return { from: first > 0 ? months[first] : null, to: last < months.length - 1 ? months[last] : null };
}
