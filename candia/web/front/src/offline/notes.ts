/** What is said in place: the `<template id="note-…">` of components/offline.html, with their slots filled. */

export type Note =
  | "waiting"
  | "refused"
  | "held"
  | "held-session"
  | "sent"
  | "restored"
  | "saving"
  | "unsaved"
  | "offline"
  | "gone"
  | "other"
  | "elsewhere";

const language = document.documentElement.lang;

/** The hour, with the day before it where that is not today. */
export function moment(at: number): string {
  const day =
    new Date(at).toDateString() === new Date().toDateString()
      ? {}
      : ({ day: "numeric", month: "long" } as const);
  const manner = { ...day, hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, manner).format(at);
}

/** One note; `slots` are texts by the name of their `data-slot`; a slot with no text goes. */
export function note(name: Note, slots: Record<string, string> = {}): HTMLElement {
  const made = drawn(`note-${name}`, slots);
  made.dataset.note = name;
  return made;
}

/** What the template of this id holds, with its slots filled in the same way. */
export function drawn(id: string, slots: Record<string, string> = {}): HTMLElement {
  const from = document.getElementById(id);
  const made = from instanceof HTMLTemplateElement ? from.content.firstElementChild?.cloneNode(true) : null;
  if (!(made instanceof HTMLElement)) return document.createElement("p");
  for (const slot of made.querySelectorAll<HTMLElement>("[data-slot]")) {
    const text = slots[slot.dataset.slot ?? ""];
    if (text) slot.textContent = slot.dataset.before ? `${slot.dataset.before} ${text}` : text;
    else slot.remove();
  }
  return made;
}

/** A form says one thing at a time; what it said before goes. */
export function say(form: HTMLElement, said: HTMLElement): void {
  hush(form);
  said.dataset.forForm = "";
  form.before(said);
}

export function hush(form: HTMLElement): void {
  const before = form.previousElementSibling;
  if (before instanceof HTMLElement && before.dataset.forForm !== undefined) before.remove();
}
