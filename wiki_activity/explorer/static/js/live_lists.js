// The tables of the live pages: busy spells, loudest wikis, minutes.

import { isMuted, isSeen } from "./live_own.js";
import { clock, element, moment } from "./live_words.js";
import { count } from "./words.js";

export function showEpisodes(root, episodes, readable, onePage) {
  // Of wikis that the reader has muted nothing is listed among all others; that it is not is said.
  const shown = onePage ? episodes : episodes.filter((one) => !isMuted(one.project));
  const rows = shown.map((one) => episodeRow(one, onePage));
  const hidden = episodes.length - shown.length;
  const note = root.querySelector("[data-muted-count]");
  note.hidden = hidden === 0;
  note.textContent = `${hidden} more of wikis that you have muted.`;
  root.querySelector("[data-episode-rows]").replaceChildren(...rows);
  root.querySelector("[data-episodes]").hidden = rows.length === 0;
  root.querySelector("[data-no-episodes]").hidden = episodes.length > 0 || !readable;
  root.querySelector("[data-episodes-unreadable]").hidden = readable;
}

function episodeRow(one, onePage) {
  const row = element("tr", undefined, one.state === "open" ? "open" : "");
  if (isSeen(one.id)) row.classList.add("seen");
  if (!onePage) row.append(wikiCell(one));
  row.append(beginCell(one));
  const ended = element("td", undefined, "time");
  if (one.state === "open") ended.append(element("strong", one.about === "page" ? "hot now" : "busy now"));
  else ended.append(moment(one.ended_at ?? one.updated_at), element("br"), element("span", one.end, "subtle"));
  const most = one.times === null ? `${count(one.rate)} a minute` : `${count(one.times)}× usual`;
  row.append(
    ended,
    element("td", one.length, "time"),
    element("td", most, "number"),
    element("td", count(one.edits), "number"),
    element("td", one.people === null ? "–" : count(one.people), "number"),
    pagesCell(one.pages.slice(0, 3), one.about === "page" ? "one page, not named" : "–"),
  );
  return row;
}

function beginCell(one) {
  const cell = element("td", undefined, "time");
  const link = element(one.page === null ? "span" : "a", moment(one.started_at));
  if (one.page !== null) link.href = one.page;
  cell.append(link);
  return cell;
}

function wikiCell(one) {
  const cell = element("td");
  const link = element("a");
  link.href = `/live/${encodeURIComponent(one.project)}`;
  link.append(element("bdi", one.name));
  cell.append(link);
  return cell;
}

function pagesCell(pages, none) {
  const cell = element("td", undefined, "titles");
  for (const [place, page] of pages.entries()) {
    if (place > 0) cell.append(", ");
    const link = element("a");
    link.href = page.address;
    link.rel = "noopener nofollow ugc";
    link.append(element("bdi", page.title));
    cell.append(link, " ", element("span", `(${count(page.edits)})`, "subtle"));
  }
  if (pages.length === 0) cell.append(element("span", none, "subtle"));
  return cell;
}

export function showLists(root, snapshot) {
  const loudest = root.querySelector("[data-loudest]");
  if (loudest === null) return;
  loudest.replaceChildren(
    ...snapshot.loudest.map((one) => {
      const row = element("tr", undefined, one.busy ? "open" : "");
      const wiki = wikiCell(one);
      if (one.busy) wiki.append(" ", element("span", "busy", "busy-word"));
      row.append(wiki, numberCell(count(one.rate)), numberCell(count(one.usual)), numberCell(`${count(one.times)}×`));
      return row;
    }),
  );
  root.querySelector("[data-most-edited]").replaceChildren(
    ...snapshot.most_edited.map((one) => {
      const row = element("tr");
      row.append(wikiCell(one), numberCell(count(one.rate)));
      return row;
    }),
  );
}

function numberCell(text) {
  return element("td", text, "number");
}

export function showMinutes(root, points) {
  const details = root.querySelector("[data-minutes]");
  if (!details.open) return;
  details.querySelector("[data-minute-rows]").replaceChildren(
    ...points.toReversed().map((point) => {
      const row = element("tr");
      row.append(element("td", clock(point.minute)));
      if (point.edits === null) {
        const cell = numberCell("not seen");
        cell.colSpan = 2;
        row.append(cell);
      } else row.append(numberCell(count(point.edits)), numberCell(count(point.bots)));
      return row;
    }),
  );
}
