// The peak page's writing: say what happened, hide and show it, go back to an earlier text. Reading needs none of it.
import { sendChange } from "./session.js";

const section = document.querySelector("[data-annotation]");

/** The address of a change: the annotation itself, or what is to be done with it. */
function addressOf(action) {
  const metric = new URLSearchParams({ metric: section.dataset.metric });
  return `${section.dataset.annotation}${action ? `/${action}` : ""}?${metric}`;
}

/** Say what went wrong, where it can be read and is read out. */
function tell(text) {
  const place = section.querySelector("[data-problem]");
  place.textContent = text;
  place.hidden = !text;
}

function showErrors(form, errors = []) {
  for (const place of form.querySelectorAll("[data-error]")) {
    const found = errors.find(({ field }) => field.split(".").pop() === place.dataset.error);
    place.textContent = found ? found.message : "";
    const input = form.elements[place.dataset.error];
    if (found) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  const first = form.querySelector("[aria-invalid]");
  if (first) first.focus();
}

/** Send a change; load the page again once it is saved, and say what is wrong where it is not. */
async function send(form, method, action, body) {
  tell("");
  if (form) showErrors(form);
  const buttons = section.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await sendChange(method, addressOf(action), { ...body, version: Number(section.dataset.version) });
    if (answer.ok) {
      location.hash = "note";
      location.reload();
      return;
    }
    const problem = await answer.json().catch(() => ({}));
    if (answer.status === 409 && problem.current && form?.matches("[data-annotate]")) showTheirs(form, problem.current);
    else {
      tell([problem.title, problem.detail].filter(Boolean).join(": ") || "Not saved; try again.");
      if (form) showErrors(form, problem.errors);
    }
  } catch {
    tell("Not saved: the server cannot be reached. What you wrote is still here; try again.");
  }
  for (const button of buttons) button.disabled = false;
}

/** Show what somebody else saved meanwhile beside what the reader wrote. */
function showTheirs(form, current) {
  const theirs = form.querySelector("[data-theirs]");
  for (const place of theirs.querySelectorAll("[data-their]")) place.textContent = current[place.dataset.their] || "–";
  const kind = [...form.elements.kind.options].find(({ value }) => value === current.kind);
  if (kind) theirs.querySelector("[data-their=kind]").textContent = kind.text;
  theirs.hidden = false;
  section.dataset.version = current.version;
  tell("Somebody else saved meanwhile.");
  theirs.querySelector("button").focus();
}

/** What can be seen to be wrong without asking the server, which checks all of it again. */
function findErrors({ label, link }) {
  const errors = [];
  if ([...label].length < 3) errors.push({ field: "label", message: "A label needs 3 to 80 characters." });
  if (link && !/^https:\/\/[^/\s]+/i.test(link)) {
    errors.push({ field: "link", message: "A source is a web address that starts with https://" });
  }
  return errors;
}

function offerForm(form) {
  const begin = section.querySelector("[data-begin]");
  const open = (isOpen) => {
    form.hidden = !isOpen;
    begin.hidden = isOpen;
    (isOpen ? form.elements.label : begin.querySelector("button")).focus();
  };
  begin.hidden = false;
  begin.querySelector("[data-open]").addEventListener("click", () => open(true));
  form.querySelector("[data-cancel]").addEventListener("click", () => open(false));
  form.querySelector("[data-keep-theirs]").addEventListener("click", () => location.reload());
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") open(false);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { label, note, link, kind } = form.elements;
    const text = { label: label.value.trim(), note: note.value, link: link.value.trim() || null, kind: kind.value };
    const errors = findErrors(text);
    if (errors.length) showErrors(form, errors);
    else send(form, "PUT", "", text);
  });
}

function offerReview(form) {
  form.closest("details").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = form.elements.reason.value.trim();
    if ([...reason].length >= 3) send(form, "POST", form.dataset.review, { reason });
    else showErrors(form, [{ field: "reason", message: "A reason needs 3 to 200 characters." }]);
  });
}

if (section) {
  const form = section.querySelector("[data-annotate]");
  if (form) offerForm(form);
  const review = section.querySelector("[data-review]");
  if (review) offerReview(review);
  for (const button of section.querySelectorAll("[data-revert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const revision = Number(button.dataset.revert);
      send(null, "POST", "revert", { revision, reason: `Back to version ${revision}` });
    });
  }
}
