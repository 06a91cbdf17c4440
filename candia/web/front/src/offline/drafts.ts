/**
 * The words in every form of somebody who is signed in: kept on the device with each pause until the server has them,
 * and put back after a reload, a crash or an ended session. Passwords and files are never kept.
 *
 * `data-keep="form_key"` names hidden fields that belong to the words; with `data-fresh` a new thing's form takes up the
 * last one that was not finished. `data-offline="never"`, on the form or around it, keeps nothing.
 */

import { all, drop, find, keep, person } from "./kept";
import { hush, moment, note, say } from "./notes";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
export type Fields = [name: string, value: string][];

const PAUSE_MS = 400;
const UNKEPT = new Set(["password", "file", "submit", "button", "reset", "image"]);
// They differ from one showing of a form to the next, so they say nothing of which form it is.
const PASSING = new Set(["csrfmiddlewaretoken", "once", "seen"]);
const waiting = new Map<HTMLFormElement, number>();
const SENT = "candia-sent";

export const isPost = (form: HTMLFormElement): boolean =>
  (form.getAttribute("method") ?? "").toLowerCase() === "post";

/** Where a form is sent; `form.action` would be a field of that name, where there is one. */
export const addressOf = (form: HTMLFormElement): URL =>
  new URL(form.getAttribute("action") || location.href, location.href);

export function isKept(form: HTMLFormElement): boolean {
  const policy = form.closest<HTMLElement>("[data-offline]")?.dataset.offline;
  return person !== "" && isPost(form) && policy !== "never" && !form.querySelector("input[type=password]");
}

function fields(form: HTMLFormElement): Field[] {
  const own = form.dataset.keep?.split(" ") ?? [];
  return [...form.elements].filter((one): one is Field => {
    if (
      !(
        one instanceof HTMLInputElement ||
        one instanceof HTMLTextAreaElement ||
        one instanceof HTMLSelectElement
      )
    )
      return false;
    // What was chosen of a list that changes meanwhile is no words of anybody.
    if (!one.name || UNKEPT.has(one.type) || one.matches("[data-passing]")) return false;
    return one.type !== "hidden" || own.includes(one.name);
  });
}

const isChoice = (field: Field): field is HTMLInputElement =>
  field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");

/** What is written in a form, without what passes. */
export function written(form: HTMLFormElement): Fields {
  return fields(form).flatMap((field): Fields => {
    if (isChoice(field)) return field.checked ? [[field.name, field.value]] : [];
    if (field instanceof HTMLSelectElement)
      return [...field.selectedOptions].map((option) => [field.name, option.value]);
    return [[field.name, field.value]];
  });
}

function isTouched(field: Field): boolean {
  if (isChoice(field)) return field.checked !== field.defaultChecked;
  if (field instanceof HTMLSelectElement)
    return field.value !== ([...field.options].find((one) => one.defaultSelected) ?? field.options[0])?.value;
  return field.type !== "hidden" && field.value !== field.defaultValue;
}

/** Which form this is, the same in both languages and after a reload; apart from it what `data-keep` names. */
function kindOf(form: HTMLFormElement): string {
  const own = form.dataset.keep?.split(" ") ?? [];
  const hidden = [...form.elements].filter(
    (one): one is HTMLInputElement =>
      one instanceof HTMLInputElement &&
      one.type === "hidden" &&
      !PASSING.has(one.name) &&
      !own.includes(one.name),
  );
  const names = new Set(fields(form).map((field) => field.name));
  const path = addressOf(form).pathname.replace(/^\/en\//, "/");
  return [path, ...hidden.map((one) => `${one.name}=${one.value}`), [...names].join()].join(" ");
}

export function nameOf(form: HTMLFormElement): string {
  const own = (form.dataset.keep?.split(" ") ?? []).map((name) => {
    const field = form.elements.namedItem(name);
    return field instanceof HTMLInputElement ? field.value : "";
  });
  return [kindOf(form), ...own].join("#");
}

/** Keep now what is written, or nothing where nothing was. */
export function hold(form: HTMLFormElement): void {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  if (!isKept(form)) return;
  if (fields(form).some(isTouched)) keep("draft", nameOf(form), written(form));
  else drop("draft", nameOf(form));
}

/** The words of this form are the server's now. */
export function forget(form: HTMLFormElement): void {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  drop("draft", nameOf(form));
}

/** The server has these words; those written since stay kept. */
export function saved(form: HTMLFormElement, sent: string): void {
  if (JSON.stringify(written(form)) === sent) forget(form);
}

function fill(form: HTMLFormElement, words: Fields): Field[] {
  const left = new Map<string, string[]>();
  for (const [name, value] of words) left.set(name, [...(left.get(name) ?? []), value]);
  const changed: Field[] = [];
  for (const field of fields(form)) {
    const values = left.get(field.name) ?? [];
    if (isChoice(field)) {
      const on = values.includes(field.value);
      if (field.checked !== on) changed.push(field);
      field.checked = on;
    } else {
      const value = values.shift();
      if (value === undefined || field.value === value) continue;
      if (field.type !== "hidden") changed.push(field);
      field.value = value;
    }
  }
  return changed;
}

/** Put kept words back into a form; whether they were others than those in it. */
export function putBack(form: HTMLFormElement, words: Fields): boolean {
  const changed = fill(form, words);
  const around = form.closest("details");
  if (changed.length && around) around.open = true;
  retyped(changed);
  return changed.length > 0;
}

/** What follows the fields, such as a pin on a map or saving by itself, hears of it as if it had been typed. */
function retyped(changed: Field[]): void {
  for (const field of changed) field.dispatchEvent(new Event("input", { bubbles: true }));
}

function restore(form: HTMLFormElement): void {
  if (!isKept(form) || form.dataset.restored !== undefined) return;
  form.dataset.restored = "";
  const kind = kindOf(form);
  const last = (): ReturnType<typeof find<Fields>> =>
    all<Fields>("draft").findLast(([name]) => name.startsWith(`${kind}#`))?.[1] ?? null;
  const kept = find<Fields>("draft", nameOf(form)) ?? (form.hasAttribute("data-fresh") ? last() : null);
  if (!kept) return;
  const before = fields(form)
    .filter((field) => field.type === "hidden")
    .map((field) => [field, field.value] as const);
  // A form whose act waits has stepped aside, and says so already.
  if (!putBack(form, kept.value)) return;
  underTheSameKey(form, kept.value);
  if (form.hidden) return;
  const said = note("restored", { at: moment(kept.at) });
  said.querySelector("[data-discards]")?.addEventListener("click", () => {
    drop("draft", nameOf(form));
    form.reset();
    for (const [field, value] of before) field.value = value;
    retyped(fields(form));
    hush(form);
    form.querySelector<HTMLElement>("input:not([type=hidden]), textarea")?.focus();
  });
  say(form, said);
}

function onceOf(form: HTMLFormElement): HTMLInputElement | null {
  return form.querySelector<HTMLInputElement>("input[type=hidden][name=once]");
}

/** Words that may have arrived already keep the key with which they went; other words are another form. */
function underTheSameKey(form: HTMLFormElement, words: Fields): void {
  const [field, key] = [onceOf(form), words.find(([name]) => name === "once")?.[1]];
  if (!field || !key) return;
  const own = field.value;
  field.value = key;
  const typed = (event: Event): void => {
    if (event.isTrusted) field.value = own;
  };
  for (const kind of ["input", "change"]) form.addEventListener(kind, typed);
}

const posts = (): HTMLFormElement[] => [...document.forms].filter(isPost);
const formOf = (event: Event): HTMLFormElement | null =>
  event.target instanceof Element ? event.target.closest("form") : null;

/** An ordinary form is on its way: whether it arrived, the page that comes next tells. */
export function leaving(form: HTMLFormElement): void {
  hold(form);
  const key = onceOf(form)?.value;
  // If its answer is lost, the same words go again under the same key, and are done once.
  if (key && find("draft", nameOf(form))) keep("draft", nameOf(form), [...written(form), ["once", key]]);
  try {
    sessionStorage.setItem(SENT, JSON.stringify({ name: nameOf(form), from: location.href }));
  } catch {
    // then the words stay kept, and are offered once more
  }
}

/** The page that answers a form comes from it, by going there, and is no page that tells of a mishap. */
function arrived(): void {
  let sent: { name: string; from: string } | null = null;
  try {
    sent = JSON.parse(sessionStorage.getItem(SENT) ?? "null");
    sessionStorage.removeItem(SENT);
  } catch {
    return;
  }
  const [gone] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const mishap = document.querySelector(".sentence-page, .error-summary") !== null;
  if (sent && gone?.type === "navigate" && document.referrer === sent.from && !mishap)
    drop("draft", sent.name);
}

for (const kind of ["input", "change"])
  document.addEventListener(kind, (event) => {
    const form = formOf(event);
    if (!form || !isKept(form)) return;
    clearTimeout(waiting.get(form));
    waiting.set(
      form,
      window.setTimeout(() => hold(form), PAUSE_MS),
    );
  });
/** Keep what was typed within the last pause as well. */
export function holdAll(): void {
  for (const form of waiting.keys()) hold(form);
}
addEventListener("pagehide", holdAll);
document.addEventListener("visibilitychange", holdAll);

export function startDrafts(): void {
  arrived();
  // Once htmx listens, so that restored words go on to the city as typed ones do.
  document.addEventListener("htmx:load", (event) => {
    if (event.target === document.body) posts().forEach(restore);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const form of posts()) restore(form);
  });
}
