/**
 * What is kept on this device, by person: words not sent yet and acts that wait. Nobody is shown another's; it goes
 * when its person signs out, and after a fortnight at the latest.
 *
 * localStorage, because it is written at once, also while a page is being closed; where it is switched off, the words
 * live as long as the page.
 */

/** The id of whom the page was made for; empty for a visitor who is not signed in. */
export const person = document.body.dataset.person ?? "";

const PREFIX = "candia-kept:";
const FORTNIGHT_MS = 14 * 24 * 3600_000;
const LEFT = /(?:^|;\s*)candia-left=(\d+)/;
const inMemory = new Map<string, string>();

/** `here`: that this person was the last to use a page that works without a network; `typed`: a field on it. */
export type Kind = "draft" | "act" | "here" | "typed";
export interface Kept<T> {
  at: number;
  value: T;
}

const keyOf = (kind: Kind, name: string): string => `${PREFIX}${person}:${kind}:${name}`;

function keys(): string[] {
  try {
    return [...Object.keys(localStorage), ...inMemory.keys()].filter((key) => key.startsWith(PREFIX));
  } catch {
    return [...inMemory.keys()];
  }
}

function read<T>(key: string): Kept<T> | null {
  try {
    return JSON.parse(inMemory.get(key) ?? localStorage.getItem(key) ?? "null") as Kept<T> | null;
  } catch {
    return null;
  }
}

function remove(key: string): void {
  inMemory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // storage is switched off, so there was nothing in it
  }
}

export function keep<T>(kind: Kind, name: string, value: T, at = Date.now()): void {
  const text = JSON.stringify({ at, value });
  try {
    localStorage.setItem(keyOf(kind, name), text);
  } catch {
    inMemory.set(keyOf(kind, name), text);
  }
}

export const find = <T>(kind: Kind, name: string): Kept<T> | null => read<T>(keyOf(kind, name));
export const drop = (kind: Kind, name: string): void => remove(keyOf(kind, name));

/** All of this person's of one kind, oldest first: [name, kept]. */
export function all<T>(kind: Kind): [string, Kept<T>][] {
  const start = keyOf(kind, "");
  return keys()
    .filter((key) => key.startsWith(start))
    .map((key) => [key.slice(start.length), read<T>(key)] as const)
    .filter((pair): pair is readonly [string, Kept<T>] => pair[1] !== null)
    .map(([name, kept]): [string, Kept<T>] => [name, kept])
    .sort(([, one], [, other]) => one.at - other.at);
}

/** Nothing of this person stays on the device. */
export function forgetAll(): void {
  for (const key of keys()) if (key.startsWith(`${PREFIX}${person}:`)) remove(key);
}

/** The server has named whoever signed out: their words go, as does whatever is too old. */
function tidy(): void {
  const left = LEFT.exec(document.cookie)?.[1];
  for (const key of keys()) {
    const at = read(key)?.at ?? 0;
    if ((left && key.startsWith(`${PREFIX}${left}:`)) || Date.now() - at > FORTNIGHT_MS) remove(key);
  }
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not there on plain http
  if (left) document.cookie = "candia-left=; Max-Age=0; Path=/; SameSite=Lax";
}

tidy();
