/**
 * Sends what waits on the crew's phone: field events in batches, then photographs one by one. What was not answered is
 * sent again under the same ids, so that the city has it once.
 */

import { person } from "../offline/kept";
import { isAway, isUp } from "../offline/network";
import { check, heard as heardOfSession, isHere, token } from "../offline/session";
import { all, heard, type Order, type Photo, phone, photoHeard } from "./store";
import { word } from "./words";

const BATCH = 100;
const PATIENCE_MS = 20_000;
/** A photograph on a bad line. */
const PHOTO_PATIENCE_MS = 120_000;

export interface Addresses {
  orders: string;
  photos: string;
}
interface Told {
  orders: Order[];
  answers: Record<string, string>;
}
/** What came of asking: an answer, the city's sentence why not, or nothing for now. */
type Asked = { told: unknown } | { said: string } | "later";

/** Sends all that waits and brings the orders; answers with a sentence if the city would not talk to this person. */
export async function exchange(to: Addresses, changed: () => Promise<void>): Promise<string> {
  let said = "";
  const turn = async (): Promise<void> => {
    said = await exchanged(to, changed);
  };
  if (!person || !isUp() || !isHere()) return "";
  // A page that the phone had kept knows no token yet.
  if (!token() && (await check()) !== "here") return "";
  // Two tabs of one phone don't send at once; where there are no locks, the ids alone keep it once.
  if (navigator.locks) await navigator.locks.request("candia-crew", turn);
  else await turn();
  return said;
}

async function exchanged(to: Addresses, changed: () => Promise<void>): Promise<string> {
  for (;;) {
    const waiting = (await all()).events.filter((event) => event.refused === undefined);
    const batch = waiting.slice(0, BATCH).map(({ person: _person, phone: _phone, ...event }) => event);
    const body = JSON.stringify({ phone: await phone(), now: new Date().toISOString(), events: batch });
    const answer = batch.length
      ? await ask(to.orders, PATIENCE_MS, { body, headers: { "Content-Type": "application/json" } })
      : await ask(to.orders, PATIENCE_MS);
    if (answer === "later") return "";
    if ("said" in answer) return answer.said;
    const { orders, answers } = answer.told as Told;
    await heard(orders, answers);
    await changed();
    if (waiting.length <= BATCH) break;
  }
  for (const photo of (await all()).photos.filter((one) => one.refused === undefined)) {
    if (!(await sent(to.photos, photo))) return "";
    await changed();
  }
  return "";
}

async function sent(to: string, photo: Photo): Promise<boolean> {
  const body = new FormData();
  body.set("order", String(photo.order));
  body.set("photo", photo.id);
  body.set("file", photo.blob, "photo.jpg");
  const answer = await ask(to, PHOTO_PATIENCE_MS, { body });
  if (answer === "later") return false;
  await photoHeard(photo, "said" in answer ? answer.said : undefined);
  return true;
}

async function ask(to: string, patience: number, sending?: RequestInit, again = false): Promise<Asked> {
  const headers = { "X-Person": person, "X-CSRFToken": token(), ...sending?.headers };
  let answer: Response;
  try {
    answer = await fetch(to, {
      cache: "no-store",
      redirect: "manual",
      signal: AbortSignal.timeout(patience),
      ...(sending ? { method: "POST", body: sending.body ?? null } : {}),
      headers,
    });
  } catch {
    void check();
    return "later";
  }
  const state = heardOfSession(answer.headers.get("X-Session"));
  if (state === "aged" && !again)
    return (await check()) === "here" ? ask(to, patience, sending, true) : "later";
  if (state || answer.type === "opaqueredirect" || isPassing(answer.status)) {
    void check();
    return "later";
  }
  return answer.ok ? { told: await answer.json() } : { said: await sentence(answer) };
}

/** Whether the same may be taken later: too slow, too often, or the city is not well. */
const isPassing = (status: number): boolean =>
  isAway(status) || status === 408 || status === 429 || status >= 500;

async function sentence(answer: Response): Promise<string> {
  try {
    return ((await answer.json()) as { detail?: string }).detail || word("not-taken");
  } catch {
    return word("not-taken");
  }
}
