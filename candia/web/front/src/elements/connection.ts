/**
 * <candia-connection role="status">: one line at the foot of the window that says when the network or the session is
 * gone, and what waits or came back; it comes and goes by itself, and is written in components/offline.html.
 */

import { isUp, NETWORK } from "../offline/network";
import { note } from "../offline/notes";
import { type Act, acts, OUTBOX, takeBack } from "../offline/outbox";
import { isHere, isOther, SESSION } from "../offline/session";

/** How long it says that something has arrived. */
const SHOWN_MS = 9_000;

class CandiaConnection extends HTMLElement {
  #arrived?: HTMLElement;
  #ending?: number;

  connectedCallback(): void {
    for (const name of [NETWORK, SESSION, "htmx:afterSettle"])
      document.addEventListener(name, () => this.#show());
    document.addEventListener(OUTBOX, (event) => {
      const sent = (event as CustomEvent<Act | undefined>).detail;
      if (sent) this.#arrived = note("sent", { label: sent.label, title: sent.title });
      clearTimeout(this.#ending);
      this.#ending = window.setTimeout(() => {
        this.#arrived = undefined;
        this.#show();
      }, SHOWN_MS);
      this.#show();
    });
    this.#show();
  }

  #show(): void {
    const said: HTMLElement[] = [];
    const all = acts();
    const waiting = all.filter(([, { value }]) => value.refused === undefined).length;
    if (!isHere()) said.push(note(isOther() ? "other" : "gone", { count: waiting ? String(waiting) : "" }));
    else if (!isUp()) said.push(note("offline", { count: waiting ? String(waiting) : "" }));
    else if (this.#arrived) said.push(this.#arrived);
    for (const [name, { value: act }] of all) {
      if (act.refused === undefined) continue;
      const back = note("elsewhere", {
        said: act.refused,
        title: act.title,
        words: act.words,
        label: act.label,
      });
      back.querySelector<HTMLAnchorElement>("a[data-goes]")?.setAttribute("href", act.page);
      back.querySelector("[data-throws-away]")?.addEventListener("click", () => takeBack(name));
      said.push(back);
    }
    const text = (all: Element[]): string => all.map((one) => one.textContent).join();
    // A screen reader reads what is new, so the same is not put there twice.
    if (text(said) !== text([...this.children])) this.replaceChildren(...said);
  }
}

customElements.define("candia-connection", CandiaConnection);
