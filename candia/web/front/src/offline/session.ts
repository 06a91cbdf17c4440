/**
 * Whether the person for whom the page was made is still signed in, the token of their forms, and the dialog with
 * which they sign in again in a window of its own while the page stays as it is.
 */

import { person } from "./kept";
import { ask } from "./network";

export type State = "here" | "gone" | "other" | "away";

/** Told on the document whenever the session is lost, found again or somebody else's. */
export const SESSION = "candia:session";

let state: State = "here";
const channel = "BroadcastChannel" in window ? new BroadcastChannel("candia-session") : null;
const dialog = (): HTMLDialogElement | null => document.querySelector<HTMLDialogElement>("#sign-in-again");

export const isHere = (): boolean => state === "here";
export const isOther = (): boolean => state === "other";

/** Asks the city, and puts a fresh token into every form of the page. */
export async function check(): Promise<State> {
  const answer = await ask();
  if (!answer) return "away";
  renew(answer.token);
  become(!person || answer.person === person ? "here" : answer.person ? "other" : "gone");
  return state;
}

/** What an answer says of the session: 401 and 403 carry it; null where it says nothing. */
export function heard(said: string | null): State | "aged" | null {
  if (said === "gone" || said === "other") become(said);
  return said as State | "aged" | null;
}

export function token(): string {
  return (
    (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>)["X-CSRFToken"] ??
    ""
  );
}

function renew(fresh: string): void {
  if (person)
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh, "X-Person": person }));
  for (const input of document.querySelectorAll<HTMLInputElement>("input[name=csrfmiddlewaretoken]"))
    input.value = fresh;
}

function become(now: State): void {
  if (now === state) return;
  state = now;
  const asks = dialog();
  if (now === "here") asks?.close();
  asks?.toggleAttribute("data-other", now === "other");
  // Somebody else sits there now: the words of the first are kept, and no longer shown.
  if (now === "other" && !asks?.open) asks?.showModal();
  document.dispatchEvent(new CustomEvent(SESSION));
}

/** Opens the dialog, where there is something to sign in for. */
export function signInAgain(): void {
  const asks = dialog();
  if (!asks || asks.open || isHere()) return;
  asks.showModal();
}

// Escape would leave somebody else before a page that shows nothing.
dialog()?.addEventListener("close", () => {
  if (isOther()) dialog()?.showModal();
});

// A window of its own keeps the page with all that is written on it; where it is refused, the link opens a tab.
document.addEventListener("click", (event) => {
  const at = event.target instanceof Element ? event.target : null;
  if (at?.closest("[data-sign-in-again]")) signInAgain();
  if (at?.closest("[data-reloads]")) location.reload();
  const link = at?.closest<HTMLAnchorElement>("a[data-signs-in]");
  if (link && window.open(link.href, "candia-sign-in", "popup,width=480,height=760")) event.preventDefault();
});

channel?.addEventListener("message", () => void check());
const look = (): void => {
  if (!document.hidden && !isHere()) void check();
};
addEventListener("focus", look);
addEventListener("pageshow", (event) => {
  if (event.persisted && person) void check();
});
document.addEventListener("visibilitychange", look);

// Every page that somebody sees signed in tells the others of it, whichever way the signing in went.
if (person) {
  channel?.postMessage(person);
  if (document.querySelector("[data-signed-in]")) window.close();
}
