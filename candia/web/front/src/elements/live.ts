/**
 * <candia-live src="/live" topics="water dialogue" made="1764093600" data-live="…" data-waiting="…">
 *
 * Listens to server-sent events named `live:<topic>` and repeats each to the page's own parts, as an event of the same
 * name on the body: `<div hx-get="…" hx-trigger="live:water from:body">` then fetches itself anew. Bursts become one.
 */

const QUIET_MS = 800;
const RETRY_MS = [2_000, 5_000, 15_000, 30_000, 60_000];

class CandiaLive extends HTMLElement {
  #source?: EventSource;
  #tries = 0;
  #missed = false;
  #retry?: number;
  #told = new Map<string, number>();
  #ending?: AbortController;

  connectedCallback(): void {
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    this.setAttribute("role", "status");
    this.#open();
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
      this.#tries = 0;
      this.#show("live");
    };
    source.onerror = () => this.#again();
    for (const topic of topics) source.addEventListener(`live:${topic}`, () => this.#tell(topic));
  }

  #close(): void {
    clearTimeout(this.#retry);
    if (this.#source) this.#missed = true;
    this.#source?.close();
    this.#source = undefined;
  }

  #again(): void {
    this.#close();
    this.#show("waiting");
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

  #show(state: "live" | "waiting"): void {
    if (this.getAttribute("state") === state) return;
    this.setAttribute("state", state);
    this.textContent = this.dataset[state] ?? state;
  }
}

customElements.define("candia-live", CandiaLive);
