/**
 * <candia-live src="/live" topics="water dialogue" made="1764093600" data-live="…" data-stale="…">
 *
 * Listens to server-sent events named `live:<topic>` and repeats each to the page's own parts, as an event of the same
 * name on the body: `<div hx-get="…" hx-trigger="live:water from:body">` then fetches itself anew. Bursts become one.
 * It says "live" only while news comes and every part could be fetched; otherwise, of when the page's data is.
 */

import { isUp, NETWORK } from "../offline/network";
import { moment } from "../offline/notes";

const QUIET_MS = 800;
const RETRY_MS = [2_000, 5_000, 15_000, 30_000, 60_000];
/** The server says something every 20 s (BEAT in live.py); twice nothing is a broken line that nobody reported. */
const SILENCE_MS = 50_000;
const CALM_MS = 60_000;
/** Told by a part of the page that could not be fetched anew. */
export const STALE = "candia:stale";

class CandiaLive extends HTMLElement {
  #source?: EventSource;
  #tries = 0;
  #missed = false;
  #good = 0;
  #opened = 0;
  #silence?: number;
  #retry?: number;
  #told = new Map<string, number>();
  #ending?: AbortController;

  connectedCallback(): void {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    this.setAttribute("role", "status");
    this.#good = Number(this.getAttribute("made")) * 1000 || Date.now();
    this.#open();
    document.addEventListener(NETWORK, () => (isUp() ? this.#open() : this.#again()), { signal });
    document.addEventListener(STALE, () => this.#again(), { signal });
    for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"])
      document.addEventListener(name, (event) => isNews(triggerOf(event)) && this.#again(), { signal });
    // A hidden page costs the server a connection and shows nobody anything.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#close() : this.#open()), {
      signal,
    });
    addEventListener("pagehide", () => this.#close(), { signal });
    addEventListener("pageshow", () => this.#open(), { signal });
  }

  disconnectedCallback(): void {
    this.#ending?.abort();
    this.#close();
  }

  #open(): void {
    if (this.#source || document.hidden) return;
    clearTimeout(this.#retry);
    const topics = this.#topics();
    const url = new URL(this.getAttribute("src") ?? "/live", location.href);
    if (topics.length) url.searchParams.set("topics", topics.join(","));
    // What came between the making of the page and now; after a gap every part looks again anyway.
    const made = this.getAttribute("made");
    if (made && !this.#missed) url.searchParams.set("since", made);
    const source = new EventSource(url);
    this.#source = source;
    source.onopen = () => {
      // After a gap something may have been missed, so every part looks again.
      if (this.#missed) for (const topic of topics) this.#tell(topic);
      this.#missed = false;
      this.#opened = Date.now();
      this.#heard();
    };
    source.onerror = () => this.#again();
    for (const name of ["hello", "beat"]) source.addEventListener(name, () => this.#heard());
    for (const topic of topics)
      source.addEventListener(`live:${topic}`, () => {
        this.#heard();
        this.#tell(topic);
      });
  }

  #heard(): void {
    this.#good = Date.now();
    clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => this.#again(), SILENCE_MS);
    this.#show("live");
  }

  #close(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    if (this.#source) this.#missed = true;
    this.#source?.close();
    this.#source = undefined;
  }

  #again(): void {
    this.#close();
    this.#show("stale");
    // A line that opens and breaks again at once is met as rarely as one that does not open.
    if (this.#opened && Date.now() - this.#opened > CALM_MS) this.#tries = 0;
    const wait = RETRY_MS[Math.min(this.#tries++, RETRY_MS.length - 1)] ?? 60_000;
    // Spread out, so that a server that comes back is not met by everybody at once.
    this.#retry = window.setTimeout(() => this.#open(), wait * (0.75 + Math.random() / 2));
  }

  #tell(topic: string): void {
    clearTimeout(this.#told.get(topic));
    const send = (): void => {
      // News that arrives as the page is being hidden waits until somebody looks again.
      if (document.hidden) this.#missed = true;
      else document.body.dispatchEvent(new CustomEvent(`live:${topic}`, { bubbles: true }));
    };
    this.#told.set(topic, window.setTimeout(send, QUIET_MS));
  }

  #topics(): string[] {
    return (this.getAttribute("topics") ?? "").split(/[\s,]+/).filter(Boolean);
  }

  #show(state: "live" | "stale"): void {
    const text = `${this.dataset[state] ?? state}${state === "stale" ? ` ${moment(this.#good)}` : ""}`;
    this.setAttribute("state", state);
    if (this.textContent !== text) this.textContent = text;
  }
}

/** Whether what set off a request was news. */
export function isNews(trigger?: Event): boolean {
  return trigger?.type.startsWith("live:") ?? false;
}

function triggerOf(event: Event): Event | undefined {
  const { requestConfig } = (event as CustomEvent<{ requestConfig?: { triggeringEvent?: Event } }>).detail;
  return requestConfig?.triggeringEvent;
}

customElements.define("candia-live", CandiaLive);
