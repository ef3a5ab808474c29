// The reader's own wikis, kept with the account of whoever is logged in: one list for all their devices.

import { paintStars, readMine, writeMine } from "./mine.js";
import { sendChange } from "./session.js";

const ADDRESS = "/api/v1/mine";
const SYNCED = "wiki-activity.mine-synced";
const REST_MS = 2_000;
let resting = 0;

/** What account and device agreed on last, and whose account that was. */
function readSynced() {
  try {
    return JSON.parse(localStorage.getItem(SYNCED) ?? "null");
  } catch {
    return null;
  }
}

async function sync(account) {
  const answer = await fetch(ADDRESS, { cache: "no-store", headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const kept = (await answer.json()).names;
  const own = readMine();
  const synced = readSynced();
  const agreed = synced?.account === account ? synced.names.join() : null;
  let names = [...new Set([...(kept ?? []), ...own])];
  // Where only one of them was changed since, that one stands; else, as at the first login, both together.
  if (kept && agreed === own.join()) names = kept;
  else if (kept && agreed === kept.join()) names = own;
  if (names.join() !== own.join()) writeMine(names);
  if (names.join() === (kept ?? []).join()) agree(account, names);
  else await send(account, names);
  paintStars();
}

async function send(account, names) {
  const answer = await sendChange("PUT", `${ADDRESS}/names`, { names });
  if (answer.ok) agree(account, names);
}

function agree(account, names) {
  localStorage.setItem(SYNCED, JSON.stringify({ account, names }));
}

/** After logging out nothing of the account's stays on a device that others may use. */
export function forgetAccount() {
  const synced = readSynced();
  localStorage.removeItem(SYNCED);
  if (synced && synced.names.join() === readMine().join()) writeMine([]);
}

const account = document.querySelector("[data-account]")?.dataset.account;
if (account) {
  // Out of reach, or refused: the next page tries again.
  sync(account).catch(() => undefined);
  addEventListener("mine:change", () => {
    clearTimeout(resting);
    resting = setTimeout(() => send(account, readMine()).catch(() => undefined), REST_MS);
  });
}
