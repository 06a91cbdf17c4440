/**
 * Whether the city can be reached, judged by what requests do: `navigator.onLine` knows of the cable and not of the
 * city. A doubt is settled by a light question, which is asked again with growing pauses until it is answered.
 */

const PAUSES_MS = [1_500, 3_000, 6_000, 15_000, 30_000, 60_000];
const PATIENCE_MS = 5_000;
/** A request that takes longer than this is no proof, but a reason to ask. */
const SLOW_MS = 3_000;
/** After so long a time without a gap, the pauses begin anew. */
const CALM_MS = 60_000;
const ADDRESS = document.body.dataset.session ?? "/session";

/** Told on the document whenever the city is lost or found again. */
export const NETWORK = "candia:network";

export interface Answer {
  person: string;
  token: string;
}

let up = true;
let tries = 0;
let since = 0;
let timer: number | undefined;
let asking: Promise<Answer | null> | undefined;

export const isUp = (): boolean => up;

/** Statuses with which a proxy, or the city itself, says that nobody is there to answer. */
export const isAway = (status: number): boolean => status === 0 || (status >= 502 && status <= 504);

/** Who is signed in just now, and a fresh token for forms; null where the city can't be reached. */
export function ask(): Promise<Answer | null> {
  asking ??= question().finally(() => {
    asking = undefined;
  });
  return asking;
}

/** Something failed that should not have: find out. */
export function doubt(): void {
  void ask();
}

async function question(): Promise<Answer | null> {
  let answer: Answer | null = null;
  try {
    const told = await fetch(ADDRESS, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (told.ok) answer = (await told.json()) as Answer;
  } catch {
    // no answer is an answer too
  }
  turn(answer !== null);
  return answer;
}

function turn(now: boolean): void {
  clearTimeout(timer);
  if (!now) {
    if (up && Date.now() - since > CALM_MS) tries = 0;
    const pause = PAUSES_MS[Math.min(tries++, PAUSES_MS.length - 1)] ?? 60_000;
    // Spread out, so that a server that comes back is not met by everybody at once.
    timer = window.setTimeout(doubt, pause * (0.75 + Math.random() / 2));
  }
  if (now === up) return;
  up = now;
  since = Date.now();
  document.dispatchEvent(new CustomEvent(NETWORK));
}

const slow = new WeakMap<XMLHttpRequest, number>();
const xhrOf = (event: Event): XMLHttpRequest => (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr;
document.addEventListener("htmx:beforeSend", (event) => {
  slow.set(xhrOf(event), window.setTimeout(doubt, SLOW_MS));
});
document.addEventListener("htmx:afterRequest", (event) => clearTimeout(slow.get(xhrOf(event))));

// Both are hints and no more: the question decides.
for (const hint of ["online", "offline"]) addEventListener(hint, doubt);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !up) doubt();
});
