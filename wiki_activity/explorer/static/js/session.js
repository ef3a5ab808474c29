// The session of this page: the token that goes with each change, and the button that logs out.

const TOKEN = 'meta[name="csrf-token"]';

/** Headers for a change; without a session there is no token, and the server says to log in. */
export function csrfHeaders() {
  const token = document.querySelector(TOKEN)?.content;
  return { "Content-Type": "application/json", ...(token ? { "X-CSRF-Token": token } : {}) };
}

/** Take a new token, after a session ended or began in another tab. Tells whether there is one. */
export async function renewSession() {
  const answer = await fetch("/api/v1/session", { cache: "no-store", headers: { Accept: "application/json" } });
  if (!answer.ok) return false;
  const { csrf_token: token } = await answer.json();
  if (!token) return false;
  let meta = document.querySelector(TOKEN);
  if (!meta) {
    meta = document.createElement("meta");
    meta.name = "csrf-token";
    document.head.append(meta);
  }
  meta.content = token;
  return true;
}

/** Send a change as JSON; where the token is of a session that has ended, once more with a new one. */
export async function sendChange(method, address, body) {
  const send = () =>
    fetch(address, { method, headers: { ...csrfHeaders(), Accept: "application/json" }, body: JSON.stringify(body) });
  const answer = await send();
  if (answer.status !== 401 && !(await isStaleToken(answer))) return answer;
  return (await renewSession()) ? send() : answer;
}

async function isStaleToken(answer) {
  if (answer.status !== 403) return false;
  const problem = await answer.clone().json().catch(() => null);
  return problem === null || problem.title === "Token missing or wrong";
}

async function logOut(button) {
  button.disabled = true;
  try {
    const { sendRest, forgetAccount } = await import("./mine_account.js");
    // Nobody has to stay logged in because this cannot be kept.
    await sendRest().catch(() => undefined);
    const answer = await sendChange("POST", "/logout", {});
    if (answer.ok || answer.status === 401) {
      forgetAccount();
      location.reload();
      return;
    }
    button.textContent = "Not logged out – try again";
  } catch {
    button.textContent = "Not logged out – try again";
  }
  button.disabled = false;
}

for (const button of document.querySelectorAll("[data-logout]")) {
  button.addEventListener("click", () => logOut(button));
}
