// The reader's own wikis, kept with the account of whoever is logged in: one list for all their devices.

import { forgetMine, paintStars, readMine, writeMine } from "./mine.js";
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
  const synced = readSynced();
  // What another account left here, whose session ended without a logout, is not this one's.
  const foreign = synced && synced.account !== account ? synced.names : [];
  const own = readMine().filter((name) => !foreign.includes(name));
  const agreed = synced?.account === account ? synced.names.join() : null;
  let names = [...new Set([...(kept ?? []), ...own])];
  // Where only one of them was changed since, that one stands; else, as at the first login, both together.
  if (kept && agreed === own.join()) names = kept;
  else if (kept && agreed === kept.join()) names = own;
  if (names.join() !== readMine().join()) writeMine(names);
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

/** Send at once what was changed in the last two seconds, while there still is a session. */
export async function sendRest() {
  if (!resting) return;
  clearTimeout(resting);
  resting = 0;
  await send(account, readMine());
}

/** After logging out nothing of the account's stays on a device that others may use, unsaved notes neither. */
export function forgetAccount() {
  if (readSynced()) forgetMine();
  for (const name of Object.keys(localStorage)) if (name === SYNCED || name.startsWith("note:")) localStorage.removeItem(name);
}

const account = document.querySelector("[data-account]")?.dataset.account;
if (account) {
  // Out of reach, or refused: the next page tries again.
  sync(account).catch(() => undefined);
  addEventListener("mine:change", () => {
    clearTimeout(resting);
    resting = setTimeout(() => sendRest().catch(() => undefined), REST_MS);
  });
}
