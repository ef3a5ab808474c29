// How far a load is that runs: asked of the page's own address now and then, while somebody looks at it.

const EVERY_MS = 3000;
const bar = document.querySelector("[data-loading]");
const waiting = setInterval(ask, EVERY_MS);

function ask() {
  if (document.hidden) return;
  const request = new XMLHttpRequest();
  request.open("GET", location.pathname);
  request.responseType = "document";
  request.timeout = EVERY_MS;
  request.onload = () => request.status < 500 && show(request.response);
  request.send();
}

function show(page) {
  const now = page?.querySelector("[data-loading]");
  if (now) {
    if (now.textContent !== bar.textContent) bar.replaceChildren(...document.importNode(now, true).childNodes);
    return;
  }
  if (!page?.getElementById("main")) return;
  clearInterval(waiting);
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = "Show them";
  bar.replaceChildren("The counts have been loaded. ", again);
}
