// Run before the page is drawn: how many lines the reader's own wikis may take, so that nothing moves when they come.
try {
  const names = JSON.parse(localStorage.getItem("wiki-activity.mine") ?? "[]");
  if (Array.isArray(names) && names.length) document.documentElement.dataset.mine = String(Math.min(names.length, 6));
} catch {
  // A browser that keeps nothing shows what everybody sees.
}
