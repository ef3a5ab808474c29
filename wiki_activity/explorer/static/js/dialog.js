// The form for what happened in a month: filled, sent, and told what the server says of each field.

import { sendChange } from "./session.js";
import { monthName } from "./words.js";

const FIELDS = ["label", "kind", "note", "link"];
const dialog = document.getElementById("explain");
const form = document.getElementById("explain-form");
const part = (id) => document.getElementById(`explain-${id}`);
let now = null;

/**
 * Open the form for a month.
 *
 * @param task `data` of the page, `month`, `saved()` after a save, `closed()` when it is shut
 */
export function openDialog(task) {
  const { series } = task.data;
  const peak = series.peaks.find((one) => one.month === task.month);
  const note = series.notes.find((one) => one.month === task.month);
  const annotation = peak?.annotation ?? note?.annotation ?? null;
  now = { ...task, annotation, metric: annotation?.metric ?? series.metric, version: annotation?.version ?? 0, theirs: null };
  part("heading").textContent = `What happened in ${monthName(task.month)}?`;
  part("sentence").textContent = peak?.sentence ?? "This month is no peak, or no longer one.";
  const row = document.getElementById(`explain-${task.month}`);
  part("page").href = row?.href ?? `/p/${encodeURIComponent(series.project)}/peaks/${task.month}?metric=${series.metric}`;
  fill({ kind: "unknown", ...annotation });
  showErrors([]);
  tell("");
  part("conflict").hidden = true;
  dialog.showModal();
  (part("fields").disabled ? part("page") : part("label")).focus();
}

function fill(text) {
  for (const name of FIELDS) form.elements[name].value = text[name] ?? "";
}

function read() {
  const written = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
  return { ...written, link: written.link.trim() || null };
}

/** What can be told without asking the server, which checks all of it again and more. */
function check({ label, link }) {
  const errors = [];
  if (label.trim().length < 3) errors.push({ field: "label", message: "Say in at least 3 characters what happened." });
  if (link && !link.startsWith("https://")) errors.push({ field: "link", message: "A source begins with https://" });
  return errors;
}

async function save(version) {
  const errors = check(read());
  if (errors.length) {
    refuse(422, { errors });
    return;
  }
  const { series } = now.data;
  const address = `/api/v1/projects/${encodeURIComponent(series.project)}/peaks/${now.month}/annotation?metric=${now.metric}`;
  const button = part("save");
  button.disabled = true;
  tell("");
  try {
    const answer = await sendChange("PUT", address, { ...read(), version });
    if (answer.ok) {
      await now.saved();
      dialog.close();
    } else {
      refuse(answer.status, await answer.json().catch(() => ({})));
    }
  } catch {
    tell("The server cannot be reached. What you wrote is still here: try again.");
  } finally {
    button.disabled = false;
  }
}

function refuse(status, problem) {
  const errors = (problem.errors ?? []).map((one) => ({ ...one, field: one.field.split(".").pop() }));
  showErrors(errors);
  if (status === 409 && problem.current) {
    showConflict(problem.current);
    return;
  }
  const known = errors.filter((one) => FIELDS.includes(one.field));
  if (known.length) {
    form.elements[known[0].field].focus();
    return;
  }
  tell([problem.title ?? `The server answered ${status}`, problem.detail].filter(Boolean).join(". "));
}

function showErrors(errors) {
  for (const name of FIELDS) {
    const error = errors.find((one) => one.field === name);
    form.querySelector(`[data-error="${name}"]`).textContent = error?.message ?? "";
    form.elements[name].toggleAttribute("aria-invalid", Boolean(error));
    if (error) form.elements[name].setAttribute("aria-invalid", "true");
  }
}

/** Somebody was faster: both texts side by side, and the writer chooses. */
function showConflict(current) {
  now.theirs = current;
  const mine = read();
  const names = { label: "Label", kind: "Kind", note: "Note", link: "Source" };
  const sides = part("sides");
  sides.replaceChildren(cell("span", ""), cell("b", current.author ? `Saved by ${current.author}` : "Saved meanwhile"), cell("b", "Yours"));
  for (const name of FIELDS) {
    sides.append(cell("span", names[name], "subtle"), cell("bdi", write(name, current[name])), cell("bdi", write(name, mine[name])));
  }
  part("conflict").hidden = false;
  part("theirs").focus();
}

const write = (name, value) => (name === "kind" ? form.elements.kind.querySelector(`[value="${CSS.escape(value)}"]`)?.textContent : value) || "–";

function cell(tag, text, name = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

function tell(text) {
  part("problem").textContent = text;
  part("problem").hidden = !text;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!part("fields").disabled) save(now.version);
});
form.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
part("theirs").addEventListener("click", async () => {
  await now.saved();
  dialog.close();
});
part("mine").addEventListener("click", () => {
  part("conflict").hidden = true;
  now.version = now.theirs.version;
  save(now.version);
});
dialog.addEventListener("close", () => now.closed());
// A click beside the form closes it, as long as nothing was written.
dialog.addEventListener("click", (event) => {
  const written = read();
  const same = FIELDS.every((name) => (written[name] ?? "") === ((now.annotation ?? { kind: "unknown" })[name] ?? ""));
  if (event.target === dialog && same) dialog.close();
});
