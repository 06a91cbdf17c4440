/**
 * Acts that wait for the network: a form's fields, kept on the device and sent in order once the city can be reached.
 * Each carries the form's `once`, so that one whose answer was lost is done once all the same.
 */

import type { Fields } from "./drafts";
import { all, drop, type Kept, keep, person } from "./kept";
import { isAway } from "./network";
import { check, heard, isHere, token } from "./session";

/** A form that somebody sent. `draft` is the name of the form, under which its words are kept too. */
export interface Act {
  url: string;
  page: string;
  title: string;
  label: string;
  words: string;
  fields: Fields;
  written: Fields;
  draft: string;
  /** Where the answer belongs, if htmx had sent it. */
  part?: { target: string; swap: string };
  refused?: string;
}

export type Outcome = { done: true; body?: string } | { done: false; said: string; body?: string } | "later";

export const OUTBOX = "candia:outbox";
const PATIENCE_MS = 20_000;

/** Something has changed; with the act that has just arrived, if one did. */
const tell = (sent?: Act): void => void document.dispatchEvent(new CustomEvent(OUTBOX, { detail: sent }));

export const acts = (): [string, Kept<Act>][] => all<Act>("act");

export function put(act: Act): void {
  keep("act", `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`, act);
  tell();
}

export function takeBack(name: string): void {
  drop("act", name);
  tell();
}

/**
 * Sends what waits, one after the other; other tabs of the same person leave it to one of them. `answered` says whether
 * a refusal is shown already, with the words in it.
 */
export async function sendAll(
  answered: (act: Act, outcome: Exclude<Outcome, "later">) => boolean,
): Promise<void> {
  const all = async (): Promise<void> => {
    for (const [name, { value: act, at }] of acts()) {
      if (act.refused !== undefined) continue;
      const outcome = await send(act);
      if (outcome === "later") return;
      // Away first: what is put in its place on the page must not find it waiting.
      drop("act", name);
      if (!answered(act, outcome) && !outcome.done) keep("act", name, { ...act, refused: outcome.said }, at);
      tell(outcome.done ? act : undefined);
    }
  };
  if (!person || !isHere() || !acts().length) return;
  // Where the page is not secure there are no locks; then `once` alone keeps two tabs from doing it twice.
  if (navigator.locks) await navigator.locks.request("candia-outbox", all);
  else await all();
}

async function send(act: Act, again = false): Promise<Outcome> {
  const headers: Record<string, string> = { "X-Person": person, "X-CSRFToken": token() };
  if (act.part)
    Object.assign(headers, { "HX-Request": "true", "HX-Target": act.part.target.replace(/^#/, "") });
  const body = new URLSearchParams(act.fields);
  body.delete("csrfmiddlewaretoken");
  let answer: Response;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    answer = await fetch(act.url, { method: "POST", body, headers, redirect: "manual", signal });
  } catch {
    void check();
    return "later";
  }
  const state = heard(answer.headers.get("X-Session"));
  if (state === "aged" && !again) return (await check()) === "here" ? send(act, true) : "later";
  if (state === "gone" || state === "other") return "later";
  if (answer.type !== "opaqueredirect" && (isAway(answer.status) || answer.status === 429)) {
    void check();
    return "later";
  }
  return read(act, answer);
}

/** A page of its own answers with a redirect when it is done; a part comes back itself, with errors if it has some. */
async function read(act: Act, answer: Response): Promise<Outcome> {
  if (answer.type === "opaqueredirect") return { done: true };
  const body = await answer.text();
  const said = sentence(body);
  if (answer.ok && act.part && !said) return { done: true, body };
  return { done: false, said, ...(answer.ok && act.part ? { body } : {}) };
}

/** What an answer says went wrong: the sentence of an error page, or the first of a form's errors. */
export function sentence(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  const told = page.querySelector(".error-summary li, .errorlist li, .sentence-page h1, main [role=alert]");
  return told?.textContent?.trim().replace(/\s+/g, " ") ?? "";
}
