/** The address of a map page: it keeps the layers, the place and the thing that is open, so that it can be shared. */

import htmx from "htmx.org";
import type { Map as GlMap } from "maplibre-gl";
import type { Layer } from "./layers";

const PAUSE_MS = 400;

/** Two readers in two languages share one address: things are told by it without the language. */
export const neutral = (url: string): string => url.replace(/^\/en(?=\/)/, "");

export class Address {
  #waiting = 0;

  constructor(
    private readonly map: GlMap,
    private readonly layers: readonly Layer[],
    /** The id of the list that shows the same. */
    private readonly list: string,
    private thing: string,
  ) {
    map.on("moveend", () => this.keep());
  }

  /** Another thing is open, or none. */
  choose(thing: string): void {
    this.thing = neutral(thing);
    this.keep();
  }

  /** After a pause: the address says what is seen, and the list follows. */
  keep(): void {
    clearTimeout(this.#waiting);
    this.#waiting = window.setTimeout(() => this.#write(), PAUSE_MS);
  }

  #write(): void {
    const { lat, lng } = this.map.getCenter();
    const asked = new URLSearchParams();
    asked.set("layers", this.layers.flatMap((layer) => (layer.shown === false ? [] : [layer.id])).join(","));
    asked.set("at", [lat.toFixed(5), lng.toFixed(5), this.map.getZoom().toFixed(2)].join(","));
    if (this.thing) asked.set("thing", this.thing);
    const address = `${location.pathname}?${asked}`.replaceAll("%2C", ",").replaceAll("%2F", "/");
    if (address === location.pathname + location.search) return;
    history.replaceState(history.state, "", address);
    const list = document.getElementById(this.list);
    // Whoever is reading in the list stays where they are.
    if (list && !list.contains(document.activeElement))
      void htmx.ajax("get", address, { target: list, swap: "outerHTML" });
  }
}
