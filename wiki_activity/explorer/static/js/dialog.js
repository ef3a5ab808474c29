// The notes on some days as cards, and the form for a note: reading opens a card, and only who asks gets the form.

import { fillForm, watchForm } from "./note_form.js";
import { firstDay, lastDay, nameDays } from "./words.js";

const dialog = document.getElementById("explain");
const form = document.getElementById("explain-form");
const part = (id) => document.getElementById(`explain-${id}`);
let now = null;

const writing = form && watchForm({
  form,
  tell,
  note: () => now.note,
  more: () => ({ metric: now.note?.metric ?? null, episode_id: now.note?.episode_id ?? null }),
  place: () => now.note?.id ?? `${now.data.series.project}:${now.first}:${now.last}`,
  begin: () => {
    fillForm(form, { first: now.first, last: now.last, ...now.note });
    nameWritten();
  },
  keepTheirs: finish,
  saved: (status) => {
    if (status !== 202) return finish();
    showForm(false);
    tell("Thank you. A reviewer will look at what you propose.");
    return null;
  },
});

async function finish() {
  await now.saved();
  dialog.close();
}

/**
 * Open the notes on some days, or the form where there are none.
 *
 * @param task `data` of the page; `months` of which the first and the last are meant, or `note` for one note alone;
 * `write` to begin with the form; `saved()` after a save, `closed()` when it is shut
 */
export function openDialog(task) {
  const { series } = task.data;
  const [from, to] = task.note ? [task.note.first.slice(0, 7), task.note.last.slice(0, 7)] : task.months;
  now = { ...task, note: null, first: firstDay(from), last: lastDay(to) };
  const notes = task.note ? [task.note] : findNotes(series, now.first, now.last);
  const peak = from === to ? series.peaks.find((one) => one.month === from) : null;
  nameTime(now.first, now.last);
  part("sentence").textContent = peak?.sentence ?? "";
  part("page").hidden = from !== to;
  part("page").href = `/p/${encodeURIComponent(series.project)}/peaks/${from}?metric=${series.metric}`;
  part("cards").replaceChildren(...notes.map(makeCard));
  if (part("another")) part("another").textContent = notes.length ? "Write another note" : "Write a note";
  tell("");
  dialog.showModal();
  showForm(Boolean(form) && (task.write || !notes.length));
}

/** The heading names the days that the form says, which may be others than those it began with. */
function nameTime(first, last) {
  if (first && first <= last) part("heading").textContent = `What happened in ${nameDays(first, last)}?`;
}

/** All notes that touch some days, those of peaks among them. */
function findNotes(series, first, last) {
  const all = [...series.peaks, ...series.notes].map((one) => one.annotation).filter(Boolean);
  const once = new Map(all.map((note) => [note.id, note]));
  return [...once.values()].filter((note) => note.first <= last && note.last >= first);
}

function makeCard(note) {
  const card = make("article", "note");
  const heading = make("p");
  heading.append(make("bdi", "label", note.label ?? "A reviewer has hidden this text"));
  if (note.hidden) heading.append(" ", make("span", "tag", note.proposed ? "proposed" : "hidden from readers"));
  card.append(heading, make("p", "subtle", nameDays(note.first, note.last) + nameScope(note)));
  if (note.note) {
    const text = make("p", "lines");
    text.append(make("bdi", "", note.note));
    card.append(text);
  }
  if (note.link) {
    const link = make("a", "", note.link);
    link.href = note.link;
    link.rel = "noopener nofollow ugc";
    const source = make("p", "", "Source: ");
    source.append(link);
    card.append(source);
  }
  const author = make("p", "subtle");
  author.append(make("bdi", "", note.author), `, ${note.at.slice(0, 10)} `);
  const history = make("a", "", "History");
  history.href = note.page;
  author.append(history);
  if (["editor", "reviewer"].includes(dialog.dataset.role) && note.label !== null) {
    const edit = make("button", "quiet", "Edit");
    edit.type = "button";
    edit.addEventListener("click", () => {
      now.note = note;
      showForm(true);
    });
    author.append(" ", edit);
  }
  card.append(author);
  return card;
}

function nameScope({ scope: { kind, key } }) {
  if (kind === "wiki") return "";
  if (kind === "list") return `, on ${key.split(" ").length} wikis`;
  return kind === "all" ? ", on all wikis" : `, on every wiki of the ${kind} ${key}`;
}

function showForm(isShown) {
  if (form) form.hidden = !isShown;
  part("cards").hidden = isShown;
  part("actions").hidden = isShown;
  if (isShown) {
    writing.open();
    nameWritten();
    part("label").focus();
  } else {
    part("actions").querySelector("[data-close]").focus();
  }
}

function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.textContent = text;
  return element;
}

function tell(text) {
  part("problem").textContent = text;
  part("problem").hidden = !text;
}

const nameWritten = () => nameTime(form.elements.first.value, form.elements.last.value);
form?.addEventListener("input", nameWritten);
part("another")?.addEventListener("click", () => {
  now.note = null;
  showForm(true);
});
form?.querySelector("[data-cancel]").addEventListener("click", () => {
  writing.drop();
  dialog.close();
});
part("actions").querySelector("[data-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => now.closed());
// A click beside the dialog closes it; what was written is kept for the next time.
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
