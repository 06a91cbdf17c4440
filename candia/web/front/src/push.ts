/**
 * <candia-push data-address>: whether this browser shows news of the city while no page is open. Nothing is asked of
 * anybody before they press; the parts to choose from are in people/parts/push.html.
 */

import { person } from "./offline/kept";
import { check, token } from "./offline/session";

type Part = "off" | "on" | "denied" | "unable" | "refused" | "failed";

interface Told {
  /** The city's key, base64url. */
  key: string;
  /** Whether the city tells this browser of this person's news. */
  here: boolean;
}

/** The city's own sentence why not. */
class Refused extends Error {}

class CandiaPush extends HTMLElement {
  #busy = false;

  connectedCallback(): void {
    if (!person) return;
    this.querySelector("[data-begin]")?.addEventListener("click", () => void this.#once(() => this.#begin()));
    this.querySelector("[data-end]")?.addEventListener("click", () => void this.#once(() => this.#end()));
    void this.#look();
  }

  /** Shows how it stands; nothing where the city does not answer. */
  async #look(): Promise<void> {
    if (!("PushManager" in window && "Notification" in window && navigator.serviceWorker))
      return this.#show("unable");
    if (Notification.permission === "denied") return this.#show("denied");
    try {
      const told = await this.#ask();
      const held = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
      const on = told.here && held !== null && Notification.permission === "granted" && isFor(held, told.key);
      this.#show(on ? "on" : "off");
    } catch {
      this.#show();
    }
  }

  /** The browser's question comes first: it is shown only in answer to a press. */
  async #begin(): Promise<void> {
    const answer = await Notification.requestPermission();
    if (answer !== "granted") return this.#show(answer === "denied" ? "denied" : "off");
    const { key } = await this.#ask();
    const { pushManager } = await navigator.serviceWorker.ready;
    const held = await pushManager.getSubscription();
    // One that was made for another key of the city is of no use any more.
    if (held && !isFor(held, key)) await held.unsubscribe();
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: raw(key) });
    const { endpoint = "", keys = {} } = made.toJSON();
    await this.#ask({ endpoint, p256dh: keys.p256dh ?? "", auth: keys.auth ?? "" });
    this.#done("on");
  }

  async #end(): Promise<void> {
    await this.#ask({ end: "1" });
    await (await (await navigator.serviceWorker.ready).pushManager.getSubscription())?.unsubscribe();
    this.#done("off");
  }

  /** A page that lists the devices is made anew. */
  #done(part: Part): void {
    this.#show(part);
    if (this.dataset.reloads !== undefined) location.reload();
  }

  async #ask(said?: Record<string, string>): Promise<Told> {
    // A page that the phone had kept knows no token yet.
    if (said && !token()) await check();
    const answer = await fetch(this.dataset.address ?? "", {
      cache: "no-store",
      redirect: "error",
      headers: { "X-Person": person, "X-CSRFToken": token() },
      ...(said ? { method: "POST", body: new URLSearchParams(said) } : {}),
    });
    if (!answer.ok) throw await refusal(answer);
    return (await answer.json()) as Told;
  }

  async #once(act: () => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await act();
    } catch (error) {
      console.warn("This browser could not be told of news.", error);
      const said = this.querySelector("[data-part=refused]");
      if (said) said.textContent = error instanceof Refused ? error.message : "";
      this.#show("off", error instanceof Refused ? "refused" : "failed");
    } finally {
      this.#busy = false;
    }
  }

  #show(...parts: Part[]): void {
    for (const part of this.querySelectorAll<HTMLElement>("[data-part]"))
      part.hidden = !parts.includes(part.dataset.part as Part);
  }
}

async function refusal(answer: Response): Promise<Error> {
  try {
    return new Refused(((await answer.json()) as { detail: string }).detail);
  } catch {
    return new Error(`The city answered ${answer.status}.`);
  }
}

function raw(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
}

function isFor(held: PushSubscription, key: string): boolean {
  const of = held.options.applicationServerKey;
  const city = raw(key);
  return of === null || new Uint8Array(of).every((byte, place) => byte === city[place]);
}

customElements.define("candia-push", CandiaPush);
