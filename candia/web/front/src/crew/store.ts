/**
 * What a crew's phone keeps in IndexedDB: its orders, and in two queues what the city has not got yet, field events and
 * photographs. Every tap is written down before it is shown; a phone that is killed has lost nothing.
 */

import { person } from "../offline/kept";
import type { FieldEvent, Kind } from "./derive";

export interface Order {
  number: number;
  version: number;
  state: string;
  decided: boolean;
  contradicted: boolean;
  what: string;
  place: string;
  zone: string;
  lon: number | null;
  lat: number | null;
  priority: string;
  due: string | null;
  parts: string;
  safety: string;
  checklist: string[];
  crew: string[];
  events: FieldEvent[];
  /** It was given to others, and something of it still waits here. */
  gone?: boolean;
}
export interface Waiting extends FieldEvent {
  person: string;
  order: number;
  base: number;
  refused?: string;
}
export interface Photo {
  id: string;
  person: string;
  order: number;
  blob: Blob;
  refused?: string;
}
type StoredOrder = Order & { key: string; person: string };

const NAME = "candia-crew";
let opened: Promise<IDBDatabase> | undefined;

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("orders", { keyPath: "key" });
      request.result.createObjectStore("events", { keyPath: "id" });
      request.result.createObjectStore("photos", { keyPath: "id" });
      request.result.createObjectStore("meta");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

type Stores = Record<"orders" | "events" | "photos" | "meta", IDBObjectStore>;

/** One transaction over everything, on the disk when it has settled. */
async function within<T>(mode: IDBTransactionMode, act: (stores: Stores) => Promise<T> | T): Promise<T> {
  const names = ["orders", "events", "photos", "meta"] as const;
  const transaction = (await open()).transaction(names, mode, { durability: "strict" });
  const ended = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
  const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])) as Stores;
  const result = await act(stores);
  await ended;
  return result;
}

/** Random by any browser's means: `randomUUID` is missing where the page is not secure. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export interface Kept {
  orders: Order[];
  events: Waiting[];
  photos: Photo[];
  /** The name of this phone; empty until it has said something. */
  phone: string;
}

/** All that is this person's, events in the order in which they were tapped. */
export function all(): Promise<Kept> {
  return within("readonly", async ({ orders, events, photos, meta }) => {
    const mine = <T extends { person: string }>(rows: T[]): T[] =>
      rows.filter((row) => row.person === person);
    // Asked for together: a transaction ends when nothing is asked of it.
    const [known, told, taken, name] = await Promise.all([
      done(orders.getAll() as IDBRequest<StoredOrder[]>),
      done(events.getAll() as IDBRequest<Waiting[]>),
      done(photos.getAll() as IDBRequest<Photo[]>),
      done(meta.get("phone") as IDBRequest<string | undefined>),
    ]);
    return {
      phone: name ?? "",
      orders: mine(known),
      events: mine(told).sort((one, other) => one.sequence - other.sequence),
      photos: mine(taken),
    };
  });
}

/** The name of this phone, made once. */
export function phone(): Promise<string> {
  return within("readwrite", async ({ meta }) => {
    const known = (await done(meta.get("phone"))) as string | undefined;
    const name = known ?? uuid();
    if (!known) meta.put(name, "phone");
    return name;
  });
}

/** Writes down one tap, with its place in the phone's own count; with its photograph, if it is one. */
export function tell(order: Order, kind: Kind, data: FieldEvent["data"] = {}, blob?: Blob): Promise<unknown> {
  return within("readwrite", async ({ events, photos, meta }) => {
    const [known, count] = await Promise.all([done(meta.get("phone")), done(meta.get("sequence"))]);
    const name = (known as string | undefined) ?? uuid();
    const sequence = ((count as number | undefined) ?? 0) + 1;
    meta.put(name, "phone");
    meta.put(sequence, "sequence");
    const event: Waiting = {
      id: uuid(),
      person,
      phone: name,
      order: order.number,
      sequence,
      base: order.version,
      kind,
      at: new Date().toISOString(),
      data,
    };
    events.put(event);
    if (blob && data.photo) photos.put({ id: data.photo, person, order: order.number, blob } satisfies Photo);
  });
}

/** What the city said: its orders as they are now, and of each event whether it is the city's. */
export function heard(orders: Order[], answers: Record<string, string>): Promise<void> {
  return within("readwrite", async (stores) => {
    const [known, told, taken] = await Promise.all([
      done(stores.orders.getAll() as IDBRequest<StoredOrder[]>),
      done(stores.events.getAll() as IDBRequest<Waiting[]>),
      done(stores.photos.getAll() as IDBRequest<Photo[]>),
    ]);
    const busy = new Set(taken.map((photo) => photo.order));
    for (const event of told) {
      const said = event.person === person ? answers[event.id] : undefined;
      if (said === "") stores.events.delete(event.id);
      else if (said) stores.events.put({ ...event, refused: said });
      if (said !== "") busy.add(event.order);
    }
    const now = new Set(orders.map((order) => order.number));
    for (const order of known.filter((one) => one.person === person && !now.has(one.number)))
      if (busy.has(order.number)) stores.orders.put({ ...order, gone: true });
      else stores.orders.delete(order.key);
    for (const order of orders) stores.orders.put({ ...order, key: `${person}:${order.number}`, person });
  });
}

/** A photograph is the city's, or never will be, as the sentence says. */
export function photoHeard(photo: Photo, refused?: string): Promise<void> {
  return within("readwrite", ({ photos }) => {
    if (refused) photos.put({ ...photo, refused });
    else photos.delete(photo.id);
  });
}

/** Throws away what the city has refused. */
export function discard(id: string): Promise<void> {
  return within("readwrite", ({ events, photos }) => {
    events.delete(id);
    photos.delete(id);
  });
}

/** Whoever signs out leaves no orders behind; what was not sent stays, and is sent and shown for them alone. */
export function leave(): Promise<void> {
  return within("readwrite", async ({ orders }) => {
    const known = await done(orders.getAll() as IDBRequest<StoredOrder[]>);
    for (const order of known) if (order.person === person) orders.delete(order.key);
  });
}
