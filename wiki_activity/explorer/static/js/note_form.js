// The form of a note: filled, kept while it is not saved, sent, and told what the server says of each field.

import { sendChange } from "./session.js";

const FIELDS = ["label", "kind", "first", "last", "scope", "list", "note", "link"];
const LIST = "list:";
const TOO_SHORT = "Say in 3 to 80 characters what happened.";
const NO_ADDRESS = "A source is a web address that starts with https://";

/** What a form says, as the API takes it; `more` is what no field shows. */
export function readForm(form, more) {
  const value = (name) => form.elements[name].value;
  const [kind, key = ""] = (value("scope") === LIST ? LIST + value("list") : value("scope")).split(/:(.*)/s);
  return {
    ...more,
    label: value("label").trim(), kind: value("kind"), note: value("note"), link: value("link").trim() || null,
    first: value("first"), last: value("last"), scope: { kind, key },
  };
}

/** Put a note, or what a new one begins with, into a form. */
export function fillForm(form, { label = "", kind = "unknown", note = "", link = "", first = "", last = "", scope = null }) {
  const values = { label, kind: kind ?? "unknown", note: note ?? "", link: link ?? "", first, last };
  for (const [name, text] of Object.entries(values)) form.elements[name].value = text ?? "";
  if (form.elements.list) form.elements.list.value = "";
  if (scope) chooseScope(form.elements.scope, `${scope.kind}:${scope.key}`);
  else if (form.elements.scope.options) form.elements.scope.selectedIndex = 0;
}

/** A note may be about wikis that this page does not offer: they stay its wikis. */
function chooseScope(field, value) {
  if (field.options && ![...field.options].some((one) => one.value === value)) field.add(new Option("the wikis it is about now", value));
  field.value = value;
}

/** Wikis are named one by one only where a list is chosen. */
function showList(form) {
  const box = form.querySelector("[data-list]");
  if (box) box.hidden = form.elements.scope.value !== LIST;
}

export function showErrors(form, errors = []) {
  for (const place of form.querySelectorAll("[data-error]")) {
    const found = errors.find(({ field }) => field.split(".").includes(place.dataset.error));
    place.textContent = found?.message ?? "";
    const input = form.elements[place.dataset.error];
    if (found) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  form.querySelector("[aria-invalid]")?.focus();
}

/** What can be seen to be wrong without asking the server, which checks all of it again. */
function findErrors({ label, link, first, last }) {
  const errors = [];
  if ([...label].length < 3) errors.push({ field: "label", message: TOO_SHORT });
  if (!first) errors.push({ field: "first", message: "Choose the first day." });
  if (!last) errors.push({ field: "last", message: "Choose the last day." });
  else if (first > last) errors.push({ field: "last", message: "The last day is before the first one." });
  if (link && !/^https:\/\/[^/\s]+/i.test(link)) errors.push({ field: "link", message: NO_ADDRESS });
  return errors;
}

/**
 * Let a form write notes.
 *
 * @param task `form`; `note()` the note that it changes, or null; `more()` what no field shows; `tell(text)` where
 * problems are read out; `saved(answer)`; `keepTheirs()`; `place()` the name under which unsaved text is kept
 */
export function watchForm(task) {
  const { form } = task;
  const theirs = form.querySelector("[data-theirs]");
  let version = null;
  form.addEventListener("input", () => {
    showList(form);
    keepDraft(task);
  });
  form.querySelector("[data-drop-draft]").addEventListener("click", () => {
    dropDraft(task);
    task.begin();
    showList(form);
  });
  form.querySelector("[data-keep-theirs]").addEventListener("click", () => {
    dropDraft(task);
    task.keepTheirs();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = readForm(form, task.more());
    const errors = findErrors(body);
    showErrors(form, errors);
    if (errors.length) return;
    const note = task.note();
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    task.tell("");
    try {
      const answer = note
        ? await sendChange("PUT", `/api/v1/notes/${note.id}`, { ...body, version: version ?? note.version })
        : await sendChange("POST", "/api/v1/notes", body);
      if (answer.ok) {
        dropDraft(task);
        await task.saved(answer.status, await answer.json());
      } else {
        await refuse(answer);
      }
    } catch {
      task.tell("Not saved: the server cannot be reached. What you wrote is still here: try again.");
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  });

  async function refuse(answer) {
    const problem = await answer.json().catch(() => ({}));
    if (answer.status === 409 && problem.current) {
      version = problem.current.version;
      showTheirs(problem.current);
      return;
    }
    const known = (problem.errors ?? []).filter(({ field }) => field.split(".").some((part) => FIELDS.includes(part)));
    showErrors(form, known);
    if (!known.length) task.tell([problem.title, problem.detail].filter(Boolean).join(": ") || `Not saved: the server answered ${answer.status}.`);
  }

  /** What somebody else saved meanwhile, beside what the reader wrote. */
  function showTheirs(current) {
    for (const place of theirs.querySelectorAll("[data-their]")) place.textContent = current[place.dataset.their] || "–";
    const kind = [...form.elements.kind.options].find(({ value }) => value === current.kind);
    if (kind) theirs.querySelector("[data-their=kind]").textContent = kind.text;
    theirs.hidden = false;
    theirs.querySelector("button").disabled = false;
    theirs.querySelector("button").focus();
  }

  return {
    /** Begin with what was not saved last time, or else with what there is. */
    open() {
      version = null;
      theirs.hidden = true;
      showErrors(form);
      task.tell("");
      task.begin();
      restoreDraft(task);
      showList(form);
    },
    drop: () => dropDraft(task),
  };
}

const nameOf = (task) => `note:${task.place()}`;

function keepDraft(task) {
  const values = Object.fromEntries(FIELDS.map((name) => [name, task.form.elements[name]?.value]));
  try { localStorage.setItem(nameOf(task), JSON.stringify(values)); } catch { /* A browser may forbid it: the form works without. */ }
}

function restoreDraft(task) {
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(nameOf(task))); } catch { /* as above */ }
  task.form.querySelector("[data-draft]").hidden = !kept;
  if (!kept) return;
  for (const name of FIELDS) if (name !== "scope" && task.form.elements[name] && typeof kept[name] === "string") task.form.elements[name].value = kept[name];
  if (typeof kept.scope === "string") chooseScope(task.form.elements.scope, kept.scope);
}

function dropDraft(task) {
  try { localStorage.removeItem(nameOf(task)); } catch { /* as above */ }
  task.form.querySelector("[data-draft]").hidden = true;
}
