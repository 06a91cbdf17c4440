/**
 * What becomes of a form that is sent: on its way at once, or waiting on the device, or not sent with its words kept.
 *
 * `data-offline`, on the form or around it, chooses: `wait` puts it into the outbox; `refuse` is for what must not be
 * done later (a decision at the desk); `never` is for forms whose words must not be kept at all (a code, a password).
 */

import htmx from "htmx.org";
import * as autosave from "./autosave";
import {
  addressOf,
  forget,
  hold,
  holdAll,
  isKept,
  isPost,
  leaving,
  nameOf,
  putBack,
  written,
} from "./drafts";
import { all, drop, forgetAll, person } from "./kept";
import { isAway, isUp, NETWORK } from "./network";
import { hush, moment, note, say } from "./notes";
import { type Act, acts, OUTBOX, type Outcome, put, sendAll, sentence, takeBack } from "./outbox";
import { check, heard, isHere, SESSION, type State, signInAgain } from "./session";

const AGAIN_MS = 30_000;
const passing = new WeakSet<HTMLFormElement>();
const asking = new WeakSet<HTMLFormElement>();
/** What could not wait in the outbox and goes out once the same person has signed in again. */
let next: { form: HTMLFormElement; by: HTMLElement | null } | null = null;
let timer: number | undefined;

type Policy = "wait" | "refuse" | "never";
const policyOf = (form: HTMLFormElement): Policy =>
  (form.closest<HTMLElement>("[data-offline]")?.dataset.offline as Policy | undefined) ?? "wait";
/** Sent by htmx when it is submitted, not only when it is typed in. */
const isSwapped = (form: HTMLFormElement): boolean =>
  form.hasAttribute("hx-post") && !form.hasAttribute("hx-trigger");
const hasFile = (form: HTMLFormElement): boolean =>
  [...form.querySelectorAll<HTMLInputElement>("input[type=file]")].some((input) => input.files?.length);

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !isPost(form) || passing.delete(form)) return;
    const easy = isSwapped(form) || !person || policyOf(form) === "never";
    const parting = form.matches("[data-signs-out]") && isUnsent();
    if (isUp() && isHere() && easy && !parting) return hush(form);
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!asking.has(form)) void decide(form, event.submitter);
  },
  true,
);

/** Whether something of this person is on the device alone. */
function isUnsent(): boolean {
  holdAll();
  return acts().length + all("draft").length > 0;
}

async function decide(form: HTMLFormElement, by: HTMLElement | null): Promise<void> {
  if (form.matches("[data-signs-out]")) return signOut(form);
  asking.add(form);
  hold(form);
  const state = await check();
  asking.delete(form);
  if (state === "here") pass(form, by);
  else stop(form, by, state);
}

/** Signing out takes what is on the device with it, so whoever has unsent words is asked first. */
async function signOut(form: HTMLFormElement): Promise<void> {
  const asks = document.querySelector<HTMLDialogElement>("#signing-out");
  if ((await check()) === "away" || !asks) return;
  const go = (): void => {
    forgetAll();
    pass(form, null);
  };
  if (!isUnsent()) return go();
  asks.querySelector<HTMLElement>("[data-goes-on]")?.addEventListener("click", go, { once: true });
  asks.showModal();
}

function pass(form: HTMLFormElement, by: HTMLElement | null): void {
  hush(form);
  passing.add(form);
  if (!isSwapped(form)) leaving(form);
  form.requestSubmit(by?.isConnected ? by : null);
  // Where a field was not valid, no submit came of it.
  passing.delete(form);
}

/** Not sent now: it waits, or the person is told that it does not. */
function stop(form: HTMLFormElement, by: HTMLElement | null, state: State): void {
  if (policyOf(form) === "wait" && !hasFile(form) && person) put(actOf(form, by));
  else {
    const said = note(state === "away" ? "held" : "held-session");
    if (!hasFile(form)) said.querySelector("[data-file]")?.remove();
    if (!isKept(form)) said.querySelector("[data-kept]")?.remove();
    say(form, said);
    next = state === "away" ? null : { form, by };
  }
  if (state !== "away") signInAgain();
}

function actOf(form: HTMLFormElement, by: HTMLElement | null): Act {
  const data = new FormData(form, by);
  const fields = [...data].filter((pair): pair is [string, string] => typeof pair[1] === "string");
  const label = by?.textContent?.trim() || form.querySelector("[type=submit]")?.textContent?.trim() || "";
  const texts = [...form.elements].filter(
    (one): one is HTMLTextAreaElement | HTMLInputElement =>
      one instanceof HTMLTextAreaElement || (one instanceof HTMLInputElement && one.type === "text"),
  );
  const part = isSwapped(form)
    ? { target: form.getAttribute("hx-target") ?? "", swap: form.getAttribute("hx-swap") ?? "innerHTML" }
    : undefined;
  return {
    url: addressOf(form).href,
    page: location.pathname + location.search,
    title: document.title.split(" · ")[0] ?? "",
    label,
    words:
      texts
        .find((one) => one.value.trim())
        ?.value.trim()
        .slice(0, 400) ?? "",
    fields,
    written: written(form),
    draft: nameOf(form),
    ...(part && { part }),
  };
}

interface Failure {
  elt: Element;
  xhr: XMLHttpRequest;
  requestConfig: { verb: string; elt: Element; triggeringEvent?: Event };
}

function failed({ detail }: CustomEvent<Failure>): void {
  const { xhr, requestConfig } = detail;
  const state = heard(xhr.getResponseHeader("X-Session"));
  const away = isAway(xhr.status);
  if (away || state === "aged") void check();
  if (requestConfig.verb !== "post") return;
  const form = detail.elt.closest("form");
  if (!form) return;
  if (form.dataset.autosave) autosave.failed(form, detail.elt);
  else if (away) stop(form, submitter(requestConfig.triggeringEvent), "away");
  else if (state === "gone" || state === "other") stop(form, submitter(requestConfig.triggeringEvent), state);
  else if (state === "aged") void decide(form, submitter(requestConfig.triggeringEvent));
  else {
    hold(form);
    say(form, note("refused", { said: sentence(xhr.responseText) }));
  }
}

const submitter = (event?: Event): HTMLElement | null =>
  event instanceof SubmitEvent ? event.submitter : null;
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"])
  document.addEventListener(name, (event) => failed(event as CustomEvent<Failure>));

/** Done by htmx at once: the words are the city's, unless the answer finds fault with them. */
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = (event as CustomEvent<Failure>).detail;
  const form = requestConfig.elt;
  if (requestConfig.verb !== "post" || !(form instanceof HTMLFormElement) || form.dataset.autosave) return;
  if (xhr.status < 400 && !sentence(xhr.responseText)) forget(form);
});

/** The answer to an act takes the place of what it was about, where that is on the page. */
function answered(act: Act, outcome: Exclude<Outcome, "later">): boolean {
  const here = act.page === location.pathname + location.search;
  if (outcome.done) drop("draft", act.draft);
  const target = act.part && here ? document.querySelector(act.part.target) : null;
  if (target && outcome.body) {
    htmx.swap(target, outcome.body, {
      swapStyle: act.part?.swap as "outerHTML",
      swapDelay: 0,
      settleDelay: 20,
    });
    return true;
  }
  if (outcome.done && here) location.reload();
  return false;
}

/** Shows beside each form what became of its act; a form whose act waits steps aside for it. */
export function mark(): void {
  const waiting = acts();
  const forms = [...document.forms].filter(isPost);
  for (const old of document.querySelectorAll<HTMLElement>("[data-act]"))
    if (!waiting.some(([name]) => name === old.dataset.act)) {
      if (old.nextElementSibling instanceof HTMLFormElement) old.nextElementSibling.hidden = false;
      old.remove();
    }
  for (const [name, { value: act, at }] of waiting) {
    const form = forms.find((one) => nameOf(one) === act.draft);
    if (!form) continue;
    if (act.refused !== undefined) returned(form, name, act);
    else if (!form.hidden) wait(form, name, act, at);
  }
}

function wait(form: HTMLFormElement, name: string, act: Act, at: number): void {
  const held = form.contains(document.activeElement);
  const said = note("waiting", { label: act.label, words: act.words, at: moment(at) });
  said.dataset.act = name;
  said.querySelector("[data-takes-back]")?.addEventListener("click", () => {
    takeBack(name);
    form.querySelector<HTMLElement>("textarea, input:not([type=hidden]), [type=submit]")?.focus();
  });
  say(form, said);
  form.hidden = true;
  if (held) said.focus();
}

function returned(form: HTMLFormElement, name: string, act: Act): void {
  form.hidden = false;
  putBack(form, act.written);
  hold(form);
  say(form, note("refused", { said: act.refused ?? "" }));
  takeBack(name);
}

async function send(): Promise<void> {
  clearTimeout(timer);
  if (!isUp() || !isHere()) return;
  await sendAll(answered);
  if (isUp() && acts().some(([, { value }]) => value.refused === undefined))
    timer = window.setTimeout(() => void send(), AGAIN_MS);
}

function resume(): void {
  if (!isUp() || !isHere()) return;
  const { form, by } = next ?? {};
  next = null;
  if (form?.isConnected) pass(form, by ?? null);
  void send();
}

export function startActs(): void {
  document.addEventListener(OUTBOX, mark);
  document.addEventListener("htmx:afterSettle", mark);
  addEventListener("storage", () => document.dispatchEvent(new CustomEvent(OUTBOX)));
  for (const name of [NETWORK, SESSION]) document.addEventListener(name, resume);
  mark();
  void (acts().length ? check().then(send) : null);
}
