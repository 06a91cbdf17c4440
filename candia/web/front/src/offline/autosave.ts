/**
 * A form with `data-autosave="#status"` that htmx sends as it is written: on its way, kept by the city, or only here.
 * What failed is tried again when the network or the session is back, and otherwise with growing pauses.
 */

import htmx from "htmx.org";
import { hold, saved, written } from "./drafts";
import { isUp, NETWORK } from "./network";
import { note } from "./notes";
import { isHere, SESSION } from "./session";

const PAUSES_MS = [5_000, 15_000, 60_000];
/** What htmx listens for beside typing: `hx-trigger="…, candia:retry"`. */
const RETRY = "candia:retry";
/** What failed, the form or a part of it such as its picture, and how often. */
const unsaved = new Map<Element, number>();
const sent = new WeakMap<HTMLFormElement, string>();
let timer: number | undefined;

interface Asked {
  elt: Element;
  requestConfig: { verb: string; elt: Element };
}

const formOf = (event: Event): HTMLFormElement | null =>
  event.target instanceof Element ? event.target.closest<HTMLFormElement>("form[data-autosave]") : null;
const statusOf = (form: HTMLFormElement): HTMLElement | null =>
  document.querySelector<HTMLElement>(form.dataset.autosave ?? "");

function show(form: HTMLFormElement): void {
  const failing = [...unsaved.keys()].filter((one) => form.contains(one));
  const said = note(failing.length ? "unsaved" : "saving");
  // A picture is not kept on the device, and whoever chose it must know.
  if (failing.every((one) => one === form)) said.querySelector("[data-file]")?.remove();
  const status = statusOf(form);
  if (status && status.textContent?.trim() !== said.textContent?.trim()) status.replaceChildren(said);
}

/** `part` is what was to be sent: the form, or a part of it. */
export function failed(form: HTMLFormElement, part: Element): void {
  hold(form);
  const tries = unsaved.get(part) ?? 0;
  unsaved.set(part, tries + 1);
  show(form);
  clearTimeout(timer);
  timer = window.setTimeout(again, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
}

function again(): void {
  if (!isUp() || !isHere()) return;
  for (const part of unsaved.keys())
    if (part.isConnected) htmx.trigger(part, RETRY);
    else unsaved.delete(part);
}

export function startAutosave(): void {
  document.addEventListener("input", (event) => {
    const form = formOf(event);
    // What was saved a moment ago no longer is all that is written.
    if (form) show(form);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = formOf(event);
    const { requestConfig, elt } = (event as CustomEvent<Asked>).detail;
    if (!form || requestConfig.verb !== "post") return;
    sent.set(form, JSON.stringify(written(form)));
    if (isUp() && isHere()) return show(form);
    event.preventDefault();
    failed(form, elt);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const { requestConfig } = (event as CustomEvent<Partial<Asked>>).detail;
    // A swap that the outbox asked for has no request of htmx behind it.
    if (!requestConfig) return;
    const { elt, verb } = requestConfig;
    const form = elt.closest<HTMLFormElement>("form[data-autosave]");
    if (!form || verb !== "post") return;
    unsaved.delete(elt);
    if (statusOf(form)?.hasAttribute("data-saved")) saved(form, sent.get(form) ?? "");
  });
  for (const name of [NETWORK, SESSION]) document.addEventListener(name, again);
}
