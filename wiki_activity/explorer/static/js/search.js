// Search fields as comboboxes (ARIA 1.2) over what the server finds; without this they are forms that it answers.

import { findWikis } from "./wiki_names.js";

let number = 0;

/** Bring the search fields of a document, or of a part of one, to life. */
export function attachSearches(within) {
  for (const form of within.querySelectorAll("form[data-search]")) {
    if (form.dataset.alive === undefined) attach(form);
  }
}

function attach(form) {
  form.dataset.alive = "";
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("div");
  number += 1;
  list.id = `wikis-${number}`;
  list.className = "wiki-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Wikis");
  form.append(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);
  // `shown`: the text whose wikis are listed; null while none are. `walked`: the wiki that arrows led to since the last letter.
  const box = { form, input, list, found: [], at: -1, shown: null, walked: null, compares: form.dataset.search === "compare" };
  input.addEventListener("focus", loadStyle);
  input.addEventListener("input", () => refresh(box));
  input.addEventListener("click", () => refresh(box));
  input.addEventListener("keydown", (event) => press(box, event));
  input.addEventListener("blur", () => close(box));
  form.addEventListener("submit", (event) => submit(box, event));
  // The field keeps the focus while an option is clicked.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(box, box.found[Number(option.dataset.at)], event.shiftKey);
  });
}

async function refresh(box) {
  const text = box.input.value;
  box.closed = false;
  box.walked = null;
  let wikis;
  try {
    wikis = await findWikis(text);
  } catch (error) {
    if (text === box.input.value && error.name !== "AbortError") tell(box, `${describe(error)}. Press Enter to search on the server.`);
    return;
  }
  if (text !== box.input.value || document.activeElement !== box.input || box.closed) return;
  box.found = wikis;
  box.shown = text;
  // Who walked down the list of fewer letters while this one was on its way stays where they are.
  const walked = wikis.findIndex((wiki) => wiki.project === box.walked);
  box.at = walked < 0 && text.trim() && box.found.length ? 0 : walked;
  if (box.found.length) draw(box);
  else tell(box, "No wiki has this language, name or address.");
}

const describe = (error) => (error instanceof TypeError || error.name === "TimeoutError" ? "The server cannot be reached" : error.message);

function draw(box) {
  box.list.replaceChildren(...box.found.map((wiki, at) => makeOption(box, wiki, at)));
  open(box);
  mark(box);
}

function makeOption(box, wiki, at) {
  const option = document.createElement("div");
  option.id = `${box.list.id}-${at}`;
  option.dataset.at = String(at);
  option.dataset.project = wiki.project;
  option.setAttribute("role", "option");
  option.append(
    makeText("bdi", "native", wiki.autonym, wiki), makeText("span", "address", wiki.project),
    makeText("span", "named", wiki.closed ? `${wiki.name}, closed` : wiki.name),
  );
  return option;
}

function makeText(tag, name, text, wiki) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  if (wiki) {
    element.lang = wiki.tag;
    element.dir = wiki.direction;
  }
  return element;
}

function mark(box) {
  [...box.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === box.at)));
  const option = box.list.children[box.at];
  if (option) box.input.setAttribute("aria-activedescendant", option.id);
  else box.input.removeAttribute("aria-activedescendant");
  const wiki = box.found[box.at];
  if (wiki) box.form.dispatchEvent(new CustomEvent("wiki:consider", { bubbles: true, detail: { project: wiki.project, compare: box.compares } }));
  option?.scrollIntoView({ block: "nearest" });
}

function tell(box, text) {
  box.found = [];
  box.at = -1;
  box.shown = box.input.value;
  box.input.removeAttribute("aria-activedescendant");
  const note = document.createElement("div");
  note.className = "wiki-note";
  note.setAttribute("role", "option");
  note.setAttribute("aria-disabled", "true");
  note.textContent = text;
  box.list.replaceChildren(note);
  open(box);
}

function open(box) {
  box.list.hidden = false;
  box.input.setAttribute("aria-expanded", "true");
}

function close(box) {
  box.list.hidden = true;
  box.closed = true;
  box.at = -1;
  box.shown = null;
  box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
}

function press(box, event) {
  const { key } = event;
  if (event.isComposing) return;
  if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    if (box.list.hidden) refresh(box);
    else if (box.found.length) {
      const by = key === "ArrowDown" ? 1 : -1;
      box.at = box.at < 0 ? (by > 0 ? 0 : box.found.length - 1) : (box.at + by + box.found.length) % box.found.length;
      box.walked = box.found[box.at].project;
      mark(box);
    }
  } else if (key === "Escape" && !box.list.hidden) {
    event.preventDefault();
    close(box);
  } else if (key === "Enter" && box.input.value.trim() && !box.closed && box.shown !== box.input.value) {
    event.preventDefault();
    chooseFirst(box, event.shiftKey);
  } else if (key === "Enter" && box.at >= 0 && !box.list.hidden) {
    event.preventDefault();
    choose(box, box.found[box.at], event.shiftKey);
  }
}

/** A form that is sent without a wiki chosen: the server searches, or the first one is compared. */
function submit(box, event) {
  const typed = box.input.value.trim();
  if (!typed || box.compares) event.preventDefault();
  if (typed && box.compares) chooseFirst(box, true);
}

/** Enter before the list came: the first wiki that the text finds, or the server's page of what it may mean. */
async function chooseFirst(box, shift) {
  const text = box.input.value;
  let first;
  try {
    [first] = await findWikis(text);
  } catch {
    first = undefined;
  }
  if (text !== box.input.value) return;
  if (first) choose(box, first, shift);
  else box.form.submit();
}

function choose(box, wiki, shift) {
  if (!wiki) return;
  close(box);
  box.input.value = "";
  const detail = { project: wiki.project, compare: box.compares || shift };
  const told = box.form.dispatchEvent(new CustomEvent("wiki:choose", { bubbles: true, cancelable: true, detail }));
  // Where no page takes it in place, it is a link like any other.
  if (told) location.assign(`/p/${encodeURIComponent(wiki.project)}`);
}

function loadStyle() {
  if (document.querySelector("link[data-search-style]")) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("../search.css", import.meta.url).href;
  link.dataset.searchStyle = "";
  document.head.append(link);
}

document.addEventListener("keydown", (event) => {
  const writing = event.target.closest?.("input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]");
  if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const input = document.querySelector("form[data-search]:not([data-search=compare]) input[type=search]");
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
});

attachSearches(document);
