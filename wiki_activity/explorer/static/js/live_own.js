// What a reader has seen, and which wikis they do not want to hear of: kept on this device, for this reader alone.

const PLACE = "wiki-activity.live";
const MOST = 500;
const DAY = 24 * 3600 * 1000;

function read() {
  try {
    const { seen, muted } = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
    const now = Date.now();
    return {
      seen: Array.isArray(seen) ? seen.filter(Number.isSafeInteger).slice(-MOST) : [],
      muted: Object.fromEntries(Object.entries(muted ?? {}).filter(([, until]) => until > now).slice(-MOST)),
    };
  } catch {
    return { seen: [], muted: {} };
  }
}

function write(own) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(own));
  } catch {
    // A browser that keeps nothing: it holds until the page is left.
  }
  current = own;
  paint();
  dispatchEvent(new Event("live-own:change"));
}

let current = read();

export const isSeen = (id) => current.seen.includes(id);
export const isMuted = (project) => Object.hasOwn(current.muted, project);

function paint() {
  for (const button of document.querySelectorAll("[data-own-seen]")) {
    const seen = isSeen(Number(button.dataset.ownSeen));
    button.hidden = false;
    button.setAttribute("aria-pressed", String(seen));
    button.textContent = seen ? "Seen" : "Mark as seen";
  }
  for (const button of document.querySelectorAll("[data-own-mute]")) {
    const muted = isMuted(button.dataset.ownMute);
    button.hidden = false;
    button.setAttribute("aria-pressed", String(muted));
    button.textContent = muted ? "Muted for me" : "Mute for me for a day";
  }
  for (const line of document.querySelectorAll("[data-spell]")) line.classList.toggle("seen", isSeen(Number(line.dataset.spell)));
  for (const words of document.querySelectorAll("[data-own-words]")) words.hidden = false;
}

for (const button of document.querySelectorAll("[data-own-seen]")) {
  const id = Number(button.dataset.ownSeen);
  button.addEventListener("click", () => {
    const own = read();
    write({ ...own, seen: own.seen.includes(id) ? own.seen.filter((one) => one !== id) : [...own.seen, id] });
  });
}
for (const button of document.querySelectorAll("[data-own-mute]")) {
  const project = button.dataset.ownMute;
  button.addEventListener("click", () => {
    const own = read();
    const { [project]: until, ...others } = own.muted;
    write({ ...own, muted: until === undefined ? { ...others, [project]: Date.now() + DAY } : others });
  });
}

// The channel's mute, for whoever keeps the channel.
for (const button of document.querySelectorAll("[data-channel-mute]")) {
  button.addEventListener("click", async () => {
    const { sendChange } = await import("./session.js");
    const said = document.querySelector("[data-channel-said]");
    const address = `/api/v1/live/${encodeURIComponent(button.dataset.channelMute)}/mute`;
    try {
      const answer = await sendChange("PUT", address, { hours: Number(button.dataset.hours) });
      const { muted_until: until, title } = await answer.json();
      if (!answer.ok) said.textContent = `Not changed: ${title}.`;
      else if (until === null) said.textContent = "The channel hears of this wiki again.";
      else said.textContent = `The channel hears nothing of this wiki until ${until.slice(0, 16).replace("T", " ")} UTC.`;
    } catch {
      said.textContent = "Not changed: the server does not answer. Try again.";
    }
  });
}

addEventListener("storage", (event) => {
  if (event.key !== PLACE) return;
  current = read();
  paint();
  dispatchEvent(new Event("live-own:change"));
});
paint();
