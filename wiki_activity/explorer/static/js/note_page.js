// A note's own page, and a peak's: write and change it, hide and show it, go back to an earlier text. Reading needs none of it.

import { showErrors, watchForm } from "./note_form.js";
import { sendChange } from "./session.js";

const section = document.querySelector("[data-note-section]");

/** Say what went wrong, where it can be read and is read out. */
function tell(text) {
  const place = section.querySelector("[data-problem]");
  place.textContent = text;
  place.hidden = !text;
}

function reload() {
  location.hash = "note";
  location.reload();
}

/** Have a reviewer's decision done; load the page again once it is. */
async function review(form, action, body) {
  tell("");
  const buttons = section.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    const address = `/api/v1/notes/${section.dataset.id}/${action}`;
    const answer = await sendChange("POST", address, { ...body, version: Number(section.dataset.version) });
    if (answer.ok) {
      reload();
      return;
    }
    const problem = await answer.json().catch(() => ({}));
    tell([problem.title, problem.detail].filter(Boolean).join(": ") || "Not saved; try again.");
    if (form) showErrors(form, problem.errors);
  } catch {
    tell("Not saved: the server cannot be reached. Try again.");
  }
  for (const button of buttons) button.disabled = false;
}

function offerForm(form) {
  const begin = section.querySelector("[data-begin]");
  const id = section.dataset.id;
  const writing = watchForm({
    form,
    tell,
    note: () => (id ? { id, version: Number(section.dataset.version) } : null),
    more: () => ({ metric: section.dataset.metric || null, episode_id: Number(section.dataset.episode) || null }),
    place: () => id || location.pathname + (section.dataset.episode ?? ""),
    begin: () => form.reset(),
    keepTheirs: reload,
    saved: (status, note) => {
      if (id) reload();
      else location.assign(status === 202 ? `${location.pathname}?proposed#note` : `${note.page}#note`);
    },
  });
  const open = (isOpen) => {
    form.hidden = !isOpen;
    begin.hidden = isOpen;
    if (isOpen) writing.open();
    (isOpen ? form.elements.label : begin.querySelector("button")).focus();
  };
  begin.hidden = false;
  begin.querySelector("[data-open]").addEventListener("click", () => open(true));
  form.querySelector("[data-cancel]").addEventListener("click", () => {
    writing.drop();
    open(false);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") open(false);
  });
  if (section.hasAttribute("data-write")) open(true);
}

function offerReview(form) {
  form.closest("details").hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = form.elements.reason.value.trim();
    if ([...reason].length >= 3) review(form, form.dataset.review, { reason });
    else showErrors(form, [{ field: "reason", message: "A reason needs 3 to 200 characters." }]);
  });
}

/** Readers say what is wrong; reviewers say that they have looked at it. */
function offerReport(box) {
  const form = box.querySelector("form");
  box.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const reason = form.elements.reason.value.trim();
    showErrors(form, [...reason].length >= 3 ? [] : [{ field: "reason", message: "Say in 3 to 200 characters what is wrong." }]);
    if ([...reason].length < 3) return;
    const answer = await sendChange("POST", `/api/v1/notes/${section.dataset.id}/report`, { reason }).catch(() => null);
    box.querySelector("[data-thanks]").textContent = answer?.ok ? "Thank you. Reviewers will look at it." : "Not sent; try again.";
    form.hidden = Boolean(answer?.ok);
  });
}

function offerSettling(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const answer = await sendChange("POST", `/api/v1/notes/${section.dataset.id}/settle`, {}).catch(() => null);
    if (answer?.ok) location.reload();
    else tell("Not saved; try again.");
  });
}

if (section) {
  const reporting = document.querySelector("[data-report]");
  if (reporting) offerReport(reporting);
  const settling = document.querySelector("[data-settle]");
  if (settling) offerSettling(settling);
  const form = section.querySelector("[data-annotate]");
  if (form) offerForm(form);
  section.querySelectorAll("[data-review]").forEach(offerReview);
  for (const button of section.querySelectorAll("[data-revert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const revision = Number(button.dataset.revert);
      review(null, "revert", { revision, reason: `Back to version ${revision}` });
    });
  }
}
