// A report is printed and copied; it can be read, and its texts marked, without.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
for (const button of document.querySelectorAll("[data-copy-from]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.querySelector(`#${button.dataset.copyFrom} pre`).textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Mark the text and copy it";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
