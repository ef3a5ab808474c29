// Run before the page is drawn: how many lines the reader's own wikis take, so that nothing moves when they come. It is
// as many as there were the last time, or may be at most: a language or a family has many wikis, a wiki is one.
try {
  const names = JSON.parse(localStorage.getItem("wiki-activity.mine") ?? "[]");
  if (Array.isArray(names) && names.length) {
    const [of, lines] = JSON.parse(localStorage.getItem("wiki-activity.mine-lines") ?? "[0, 0]");
    const most = names.some((name) => String(name).includes(":")) ? 6 : Math.min(names.length, 6);
    document.documentElement.dataset.mine = String(of === names.join() ? lines : most);
  }
} catch {
  // A browser that keeps nothing shows what everybody sees.
}
