/** Words of the crew's page, in its language: `<template id="crew-words">` holds them by name. */

import { moment } from "../offline/notes";

const words = document.querySelector<HTMLTemplateElement>("#crew-words")?.content;

export const word = (name: string): string =>
  words?.querySelector<HTMLElement>(`[data-word="${CSS.escape(name)}"]`)?.textContent?.trim() ?? name;

/** Until when, as "until 14:30" of today or with the day. */
export const due = (at: string): string => `${word("until")} ${moment(Date.parse(at))}`;

export const hour = (at: string): string => moment(Date.parse(at));

/** A stretch of work: 1 h 30 min. */
export function hours(minutes: number): string {
  const whole = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [whole ? `${whole} ${word("h")}` : "", rest || !whole ? `${rest} ${word("min")}` : ""]
    .filter(Boolean)
    .join(" ");
}
