// What every page does; a page works without it for reading.

// A search field finds wikis as one types.
if (document.querySelector("[data-search]")) import("./search.js");

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

// Wide tables can be scrolled by keyboard; those that fit need no stop for it.
const tables = document.querySelectorAll(".scroll[tabindex]");
const judgeTables = () => {
  for (const box of tables) box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
};
if (tables.length) {
  judgeTables();
  addEventListener("resize", judgeTables);
}
