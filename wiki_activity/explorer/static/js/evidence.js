// What was found behind a peak: an editor has Wikimedia asked, or takes a finding over into the form of a note.

import { sendChange } from "./session.js";

const section = document.getElementById("found");

function offerAsking(place) {
  const button = place.querySelector("button");
  const status = place.querySelector("[role=status]");
  place.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const [, project, month] = location.pathname.match(/^\/p\/([^/]+)\/peaks\/([^/]+)/) ?? [];
    try {
      const answer = await sendChange("POST", `/api/v1/projects/${project}/peaks/${month}/evidence`, {});
      if (answer.ok) {
        status.textContent = "Asked for. The answers are here in some minutes: load the page again then.";
        return;
      }
      const problem = await answer.json().catch(() => ({}));
      status.textContent = [problem.title, problem.detail].filter(Boolean).join(": ") || "Not asked; try again.";
    } catch {
      status.textContent = "Not asked: the server cannot be reached. Try again.";
    }
    button.disabled = false;
  });
}

/** Open the form of the note with the finding in it: the person edits it, and signs. */
function offerUse(button) {
  const form = document.querySelector("[data-note-section] form[data-annotate]");
  if (!form) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const open = document.querySelector("[data-note-section] [data-open]");
    if (form.hidden) open?.click();
    const note = form.elements.note;
    note.value = [note.value.trim(), button.dataset.use].filter(Boolean).join("\n");
    // Most scripts are three times as long in an address, or nine times, and a note's source has an end.
    const { source } = button.dataset;
    if (!form.elements.link.value) form.elements.link.value = source.length > 500 ? decodeURI(source) : source;
    // So that it is kept as a draft, and checked, like what is typed.
    for (const field of [note, form.elements.link]) field.dispatchEvent(new Event("input", { bubbles: true }));
    form.elements.label.focus();
  });
}

if (section) {
  const place = section.querySelector("[data-ask]");
  if (place) offerAsking(place);
  for (const button of section.querySelectorAll("[data-use]")) offerUse(button);
}
