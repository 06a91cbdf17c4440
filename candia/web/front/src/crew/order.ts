/** One work order on the phone: drawn once, then kept up to date around whatever is being typed. */

import { drop, find, keep } from "../offline/kept";
import { drawn } from "../offline/notes";
import { derive, type FieldEvent, type Kind, type Work } from "./derive";
import { smaller } from "./photos";
import { type Kept, type Order, type Photo, tell, uuid } from "./store";
import { due, hour, hours, word } from "./words";

type Typing = HTMLInputElement | HTMLTextAreaElement;

export class OrderView {
  readonly number: number;
  readonly element: HTMLElement;
  #order: Order;
  #kept?: Kept;
  #changed: () => Promise<void>;
  #urls = new Map<string, string>();

  constructor(order: Order, changed: () => Promise<void>) {
    this.number = order.number;
    this.#order = order;
    this.#changed = changed;
    this.element = drawn("crew-order");
    this.element.addEventListener("click", (event) => void this.#clicked(event));
    this.element.addEventListener("change", (event) => void this.#chosen(event));
    this.element.addEventListener("input", (event) => this.#typed(event));
    this.element.addEventListener("submit", (event) => void this.#sent(event));
    for (const field of this.element.querySelectorAll<Typing>("[data-typed]"))
      field.value = find<string>("typed", this.#nameOf(field))?.value ?? field.value;
  }

  /** The pictures on it are let go. */
  close(): void {
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
  }

  draw(order: Order, kept: Kept): void {
    this.#order = order;
    this.#kept = kept;
    const waiting = kept.events.filter((event) => event.order === order.number);
    const work = derive([...order.events, ...waiting]);
    const [end] = work.ends;
    const ended = [...new Set(work.ends.map(endOf))].join(" / ");
    this.#texts({
      what: order.what,
      number: `#${order.number}`,
      place: order.place || order.zone,
      due: order.due ? due(order.due) : "",
      urgent: order.priority === "urgent" ? word("urgent") : "",
      crew: order.crew.join(", "),
      safety: order.safety,
      parts: order.parts,
      hours: work.minutes ? hours(work.minutes) : "",
      ended,
    });
    const way = this.element.querySelector<HTMLAnchorElement>("[data-way]");
    if (way) {
      way.hidden = order.lat === null || order.lon === null;
      way.href = `geo:${order.lat},${order.lon}?q=${order.lat},${order.lon}`;
    }
    this.#part("gone").hidden = !order.gone;
    this.#part("contradicted").hidden = !order.contradicted;
    this.#part("closed").hidden = !order.decided;
    this.#part("acts").hidden = Boolean(end) || order.decided || Boolean(order.gone);
    this.#part("begin").hidden = work.begun;
    this.#part("ended").hidden = !end || order.decided;
    this.#part("reopen").hidden = !work.ends.some((one) => one.phone === kept.phone);
    this.#checklist(order, work);
    const unsent = new Set(waiting.map((event) => event.id));
    this.#photos(work, kept.photos, unsent);
    this.#log(work, unsent);
  }

  #part(name: string): HTMLElement {
    return this.element.querySelector<HTMLElement>(`[data-part=${name}]`) ?? document.createElement("div");
  }

  #texts(slots: Record<string, string>): void {
    for (const [name, text] of Object.entries(slots))
      for (const slot of this.element.querySelectorAll<HTMLElement>(`[data-text=${name}]`)) {
        if (slot.textContent !== text) slot.textContent = text;
        (slot.closest<HTMLElement>(`[data-if=${name}]`) ?? slot).hidden = !text;
      }
  }

  #checklist(order: Order, work: Work): void {
    const list = this.#part("checklist");
    this.#part("checking").hidden = order.checklist.length === 0;
    if (list.children.length !== order.checklist.length)
      list.replaceChildren(...order.checklist.map((item) => drawn("crew-item", { item })));
    for (const [at, box] of [...list.querySelectorAll<HTMLInputElement>("input")].entries()) {
      box.dataset.item = String(at);
      box.checked = work.ticked.has(at);
    }
  }

  #photos(work: Work, here: Photo[], unsent: Set<string>): void {
    const taken = new Map(here.map((photo) => [photo.id, photo]));
    for (const list of this.element.querySelectorAll<HTMLElement>("[data-photos]")) {
      const those = work.standing.filter(
        (one) => one.kind === "photo" && one.data.moment === list.dataset.photos,
      );
      const drawings = those.map((one) => this.#photo(one, taken.get(one.data.photo ?? ""), unsent));
      list.replaceChildren(...drawings);
    }
  }

  #photo(one: FieldEvent, here: Photo | undefined, unsent: Set<string>): HTMLElement {
    const waits = here !== undefined || unsent.has(one.id);
    const item = drawn(waits ? "crew-photo-waits" : "crew-photo-sent", { at: hour(one.at) });
    const picture = item.querySelector("img");
    if (here && picture) {
      const url = this.#urls.get(here.id) ?? URL.createObjectURL(here.blob);
      this.#urls.set(here.id, url);
      picture.src = url;
    }
    return item;
  }

  #log(work: Work, unsent: Set<string>): void {
    const told = work.standing.filter((one) => ["note", "hours", "material"].includes(one.kind));
    const entries = told.map((one) => {
      const entry = drawn("crew-entry", {
        text: sentence(one),
        at: hour(one.at),
        waits: unsent.has(one.id) ? word("waits") : "",
      });
      const back = entry.querySelector<HTMLElement>("button");
      // Nobody takes back what another phone said.
      if (one.phone !== this.#kept?.phone) back?.remove();
      else if (back) back.dataset.withdraws = one.id;
      return entry;
    });
    this.#part("log").replaceChildren(...entries);
  }

  async #say(kind: Kind, data: FieldEvent["data"] = {}, blob?: Blob): Promise<void> {
    await tell(this.#order, kind, data, blob);
    await this.#changed();
  }

  async #clicked(event: Event): Promise<void> {
    const at = event.target instanceof Element ? event.target.closest<HTMLElement>("button") : null;
    if (!at) return;
    const { minutes, withdraws, says, reason } = at.dataset;
    if (minutes) await this.#say("hours", { minutes: Number(minutes) });
    else if (withdraws) await this.#say("withdraw", { of: withdraws });
    else if (reason) {
      at.closest("details")?.removeAttribute("open");
      await this.#say("not_possible", { reason });
    } else if (says === "start" || says === "done") await this.#say(says);
    else if (says === "reopen") await this.#reopen();
  }

  /** Takes back this phone's word on how it ended. */
  async #reopen(): Promise<void> {
    const waiting = this.#kept?.events.filter((one) => one.order === this.number) ?? [];
    const { ends } = derive([...this.#order.events, ...waiting]);
    for (const one of ends.filter((end) => end.phone === this.#kept?.phone))
      await tell(this.#order, "withdraw", { of: one.id });
    await this.#changed();
  }

  async #chosen(event: Event): Promise<void> {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    if (input.dataset.item)
      await this.#say(input.checked ? "tick" : "untick", { item: Number(input.dataset.item) });
    const file = input.type === "file" ? input.files?.[0] : undefined;
    if (!file) return;
    const blob = await smaller(file);
    await this.#say("photo", { photo: uuid(), moment: input.dataset.moment ?? "before" }, blob);
    input.value = "";
  }

  #nameOf = (field: Typing): string => `${this.number}:${field.dataset.typed}`;

  #typed(event: Event): void {
    const field = event.target as Typing;
    if (field.dataset.typed) keep("typed", this.#nameOf(field), field.value);
  }

  async #sent(event: Event): Promise<void> {
    event.preventDefault();
    event.stopPropagation();
    const form = event.target as HTMLFormElement;
    const given = (name: string): string =>
      (form.elements.namedItem(name) as Typing | null)?.value.trim() ?? "";
    const kind = form.dataset.kind as Kind;
    const data: FieldEvent["data"] =
      kind === "note" ? { text: given("text") } : { what: given("what"), amount: given("amount") || "1" };
    if (!(data.text || data.what)) return form.querySelector<Typing>("[data-typed]")?.focus();
    await this.#say(kind, data);
    for (const field of form.querySelectorAll<Typing>("[data-typed]")) drop("typed", this.#nameOf(field));
    form.reset();
  }
}

function endOf(end: FieldEvent): string {
  return end.kind === "done" ? word("done") : `${word("not_possible")}: ${word(`reason-${end.data.reason}`)}`;
}

function sentence(one: FieldEvent): string {
  if (one.kind === "hours") return hours(one.data.minutes ?? 0);
  if (one.kind === "material") return `${one.data.amount} × ${one.data.what}`;
  return one.data.text ?? "";
}
