/**
 * <candia-crew>: the crew's own work orders on their phone, for a day without a network. It draws from what the phone
 * keeps and from nothing else; every tap is written down first, and sent when it can be. Its words are the templates of
 * operations/work/crew.html.
 */

import { forgetAll, keep, person } from "../offline/kept";
import { isUp, NETWORK } from "../offline/network";
import { drawn } from "../offline/notes";
import { check, isHere, SESSION } from "../offline/session";
import { derive } from "./derive";
import { OrderView } from "./order";
import { type Addresses, exchange } from "./sending";
import { all, discard, type Kept, leave, type Order, type Photo, type Waiting } from "./store";
import { due, word } from "./words";

const REFRESH_MS = 60_000;
const AGAIN_MS = 15_000;
const OPEN = new Set(["planned", "assigned", "under_way"]);
const URGENCY = ["urgent", "normal", "low"];

class CandiaCrew extends HTMLElement {
  #kept: Kept = { orders: [], events: [], photos: [], phone: "" };
  #view?: OrderView;
  #said = "";
  #fetched = false;
  #timer?: number;
  #leaving = false;
  #busy = false;
  #again = false;

  connectedCallback(): void {
    if (!person) {
      this.#part("nobody").hidden = false;
      return;
    }
    keep("here", "", true);
    askToBeKept();
    for (const name of [NETWORK, SESSION]) document.addEventListener(name, () => void this.#go());
    document.addEventListener("visibilitychange", () => !document.hidden && void this.#go());
    addEventListener("hashchange", () => void this.#show());
    addEventListener("submit", (event) => this.#signsOut(event), true);
    void this.#show()
      .then(check)
      .then(() => this.#go());
    void navigator.storage?.persist?.();
  }

  #part(name: string): HTMLElement {
    return this.querySelector<HTMLElement>(`[data-part=${name}]`) ?? document.createElement("div");
  }

  get #to(): Addresses {
    return { orders: this.dataset.orders ?? "", photos: this.dataset.photos ?? "" };
  }

  /** Sends, fetches and shows; again after a while, sooner where something waits. */
  async #go(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#leaving) return;
    // What is tapped meanwhile goes with the next turn.
    this.#again = this.#busy;
    if (this.#busy) return;
    this.#busy = true;
    try {
      const before = this.#said;
      this.#said = await exchange(this.#to, async () => {
        this.#fetched = true;
        await this.#show();
      });
      if (this.#said !== before) await this.#show();
    } finally {
      this.#busy = false;
      const pause = this.#again ? 0 : this.#waiting() && !this.#said ? AGAIN_MS : REFRESH_MS;
      this.#timer = window.setTimeout(() => document.hidden || void this.#go(), pause);
    }
    this.#line();
  }

  #waiting(): number {
    const { events, photos } = this.#kept;
    return [...events, ...photos].filter((one) => one.refused === undefined).length;
  }

  async #show(): Promise<void> {
    try {
      this.#kept = await all();
    } catch {
      this.#part("no-storage").hidden = false;
      return;
    }
    const number = Number(location.hash.slice(1));
    const order = this.#kept.orders.find((one) => one.number === number);
    this.#part("list").hidden = order !== undefined;
    if (order) this.#open(order);
    else {
      this.#view?.close();
      this.#view = undefined;
      this.#part("order").replaceChildren();
      this.#list();
    }
    this.#line();
    this.#refused();
  }

  #open(order: Order): void {
    if (this.#view?.number !== order.number) {
      this.#view?.close();
      this.#view = new OrderView(order, async () => {
        await this.#show();
        void this.#go();
      });
      this.#part("order").replaceChildren(this.#view.element);
      scrollTo({ top: 0 });
      this.#view.element.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
    }
    this.#view.draw(order, this.#kept);
  }

  #list(): void {
    const list = this.#part("orders");
    const weight = (order: Order): number =>
      (OPEN.has(order.state) ? 0 : 10) + URGENCY.indexOf(order.priority) + (order.gone ? 20 : 0);
    const orders = [...this.#kept.orders].sort(
      (one, other) => weight(one) - weight(other) || (one.due ?? "9").localeCompare(other.due ?? "9"),
    );
    list.replaceChildren(...orders.map((order) => this.#card(order)));
    this.#part("none").hidden = orders.length > 0 || !this.#fetched;
    this.#part("not-yet").hidden = orders.length > 0 || this.#fetched || (isUp() && isHere());
  }

  #card(order: Order): HTMLElement {
    const waiting = this.#kept.events.filter((event) => event.order === order.number);
    const work = derive([...order.events, ...waiting]);
    const ticked = `${word("tick")}: ${work.ticked.size} / ${order.checklist.length}`;
    const card = drawn("crew-card", {
      what: order.what,
      place: order.place || order.zone,
      due: order.due ? due(order.due) : "",
      ticked: order.checklist.length ? ticked : "",
      urgent: order.priority === "urgent" ? word("urgent") : "",
      safety: order.safety ? word("safety") : "",
      state: stateOf(order, work.begun, work.ends),
    });
    card.querySelector("a")?.setAttribute("href", `#${order.number}`);
    card.classList.toggle("over", !OPEN.has(order.state) || (work.ends.length > 0 && !order.contradicted));
    return card;
  }

  /** What waits, always in sight. */
  #line(): void {
    const line = this.#part("line");
    const waiting = this.#waiting();
    const said = this.#said
      ? drawn("crew-line-said", { said: this.#said })
      : waiting
        ? drawn("crew-line-waiting", { count: String(waiting) })
        : drawn(isUp() && isHere() && this.#fetched ? "crew-line-sent" : "crew-line-nothing");
    if (line.textContent !== said.textContent) line.replaceChildren(said);
  }

  #refused(): void {
    const { events, photos } = this.#kept;
    const refused = [...events, ...photos].filter((one) => one.refused !== undefined);
    this.#part("refused").replaceChildren(...refused.map((one) => this.#refusal(one)));
  }

  #refusal(one: Waiting | Photo): HTMLElement {
    const what = "blob" in one ? word("photo") : (one.data.text ?? one.data.what ?? word(one.kind));
    const said = drawn("crew-refused", { said: one.refused ?? "", what, number: `#${one.order}` });
    said.querySelector("button")?.addEventListener("click", async () => {
      await discard(one.id);
      await this.#show();
    });
    return said;
  }

  /** Whoever signs out with something unsent is told; it stays on the phone, for them alone. */
  #signsOut(event: Event): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-signs-out]") || this.#leaving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const dialog = document.querySelector<HTMLDialogElement>("#crew-leaving");
    const go = async (): Promise<void> => {
      if ((await check()) === "away") return;
      this.#leaving = true;
      await leave();
      forgetAll();
      form.requestSubmit();
    };
    if (!this.#waiting() || !dialog) return void go();
    dialog.querySelector("[data-goes-on]")?.addEventListener("click", () => void go(), { once: true });
    dialog.showModal();
  }
}

function stateOf(order: Order, begun: boolean, ends: { kind: string }[]): string {
  if (order.gone) return word("gone");
  if (order.decided) return word(order.state);
  if (order.contradicted) return word("contradicted");
  const [end] = ends;
  if (end) return word(end.kind);
  return word(begun ? "under_way" : order.state);
}

/** The worker keeps this page, in both languages, with the code that was loaded on demand. */
function askToBeKept(): void {
  const pages = [...document.querySelectorAll<HTMLLinkElement>("link[data-keeps]")].map((link) => link.href);
  void navigator.serviceWorker?.ready.then((registration) =>
    registration.active?.postMessage({
      keep: pages.map((page) => new URL(page).pathname),
      parts: [import.meta.url],
    }),
  );
}

customElements.define("candia-crew", CandiaCrew);
