// What every page does; a page works without it for reading.

// A search field finds wikis as one types.
if (document.querySelector("[data-search]")) import("./search.js");

// Buttons that keep a wiki come alive, and links to the reader's own wikis name them.
import("./mine.js");
if (document.querySelector("[data-account]")) import("./mine_account.js");

// The button that logs out comes alive with its module, which readers without a session need not load.
if (document.querySelector("[data-logout]")) import("./session.js");

// A load that runs is followed, so that its bar moves.
if (document.querySelector("[data-loading]")) import("./loading.js");

// A filter's empty fields do not belong in a shared address.
for (const form of document.querySelectorAll("form[data-tidy]")) {
  form.addEventListener("formdata", (event) => {
    const said = [...event.formData].filter(([, value]) => value !== "");
    for (const name of [...event.formData.keys()]) event.formData.delete(name);
    for (const [name, value] of said) event.formData.append(name, value);
  });
}

// Tables that are wider or higher than their box can be scrolled by keyboard; those that fit need no stop for it.
const tables = document.querySelectorAll(".scroll[tabindex]");
const judgeTables = () => {
  for (const box of tables) {
    const fits = box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight;
    box.tabIndex = fits ? -1 : 0;
  }
};
if (tables.length) {
  judgeTables();
  addEventListener("resize", judgeTables);
  // A table in a section that was folded had no size before.
  document.addEventListener("toggle", judgeTables, true);
}
