/**
 * <candia-map label layers="script-id" centre="lon,lat" zoom basemap ground zones bare pick="lat-id lon-id" address="list-id" thing data-…words>
 *
 * What stands inside stays until the map is drawn, and is shown again where it can't be: the list beside it tells the same.
 */

import type { GeoJSON } from "geojson";
import {
  AttributionControl,
  type GeoJSONSource,
  Map as GlMap,
  type LngLat,
  type MapGeoJSONFeature,
  NavigationControl,
  type Popup,
  type StyleSpecification,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { Address, neutral } from "../map/address";
import "../map/map.css";
import { drawOnDemand } from "../map/images";
import { add, frame, type Layer, parts, renew, show, source, touchable } from "../map/layers";
import { legend, wordOf } from "../map/legend";
import { pick } from "../map/pick";
import { open } from "../map/popup";
import { addBoundary, EMPTY, geojson, plainStyle, serviceStyle } from "../map/style";
import { isUp, NETWORK } from "../offline/network";
import { moment } from "../offline/notes";
import { onScheme } from "../scheme";
import { STALE } from "./live";

setWorkerUrl(workerUrl);

const TILES_PATIENCE_MS = 9000;
const WIDE = matchMedia("(min-width: 62rem)");

class CandiaMap extends HTMLElement {
  #map?: GlMap;
  #layers: Layer[] = [];
  #data = new Map<string, GeoJSON | string>();
  #files = new Map<string, Promise<GeoJSON>>();
  /** When each layer was last fetched, and those whose last fetch failed. */
  #fetched = new Map<string, number>();
  #stale = new Set<Layer>();
  #ending?: AbortController;
  #popup?: Popup;
  #address?: Address;
  #plain = false;
  #framed = false;

  connectedCallback(): void {
    this.#ending = new AbortController();
    this.#layers = this.#declared();
    for (const layer of this.#layers) if (layer.narrowed) this.#narrow(layer);
    this.#start().catch((error: unknown) => this.#fail(error));
  }

  disconnectedCallback(): void {
    this.#ending?.abort();
    this.#map?.remove();
    this.#map = undefined;
  }

  /** The layer asks for what the page asks for, also where the page came back from the browser's history. */
  #narrow(layer: Layer): void {
    layer.src = `${layer.src?.split("?")[0] ?? ""}${location.search}`;
  }

  #declared(): Layer[] {
    const script = document.getElementById(this.getAttribute("layers") ?? "");
    const layers = script?.textContent ? (JSON.parse(script.textContent) as Layer[] | null) : null;
    return layers ?? [];
  }

  async #start(): Promise<void> {
    const signal = this.#ending?.signal ?? AbortSignal.abort();
    // The words on the map are drawn in the page's own face, so it must be here first.
    const [style] = await Promise.all([this.#style(), document.fonts.load("600 13px Commissioner", "Αα")]);
    if (signal.aborted) return;
    const stage = document.createElement("div");
    stage.className = "stage";
    const before = [...this.children].filter((child) => child.tagName !== "SCRIPT");
    this.append(stage);
    const map = this.#draw(stage, style);
    this.#map = map;
    for (const child of before) child.remove();
    if (this.#layers.length)
      this.append(legend(this.#layers, this.dataset, (layer, on) => this.#toggle(layer, on)));
    const list = this.getAttribute("address");
    if (list) this.#address = new Address(map, this.#layers, list, this.getAttribute("thing") ?? "");
    this.#listen(map, signal);
    this.dispatchEvent(new CustomEvent("candia:map", { detail: map, bubbles: true }));
  }

  #draw(stage: HTMLElement, style: StyleSpecification): GlMap {
    const [lon = 0, lat = 0] = (this.getAttribute("centre") ?? "").split(",").map(Number);
    const words = this.dataset;
    const map = new GlMap({
      container: stage,
      style,
      center: [lon, lat],
      zoom: Number(this.getAttribute("zoom") ?? 12),
      maxZoom: 19,
      minZoom: 8,
      attributionControl: false,
      // Each frame counts on a phone: a third pixel in either direction and labels that fade cost most and show least.
      pixelRatio: Math.min(devicePixelRatio, 2),
      fadeDuration: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      // A wide map in a page must not swallow the scroll of who only wants to pass.
      cooperativeGestures: !document.body.classList.contains("desk"),
      locale: {
        "Map.Title": this.getAttribute("label") ?? "",
        "NavigationControl.ZoomIn": words.zoomIn ?? "",
        "NavigationControl.ZoomOut": words.zoomOut ?? "",
        "AttributionControl.ToggleAttribution": words.attribution ?? "",
        "Popup.Close": words.close ?? "",
        "Marker.Title": words.place ?? "",
        "CooperativeGesturesHandler.WindowsHelpText": words.wheel ?? "",
        "CooperativeGesturesHandler.MacHelpText": words.wheel ?? "",
        "CooperativeGesturesHandler.MobileHelpText": words.fingers ?? "",
      },
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    map.addControl(
      new AttributionControl({ compact: true }),
      this.hasAttribute("bare") ? "top-right" : "bottom-right",
    );
    if (this.hasAttribute("bare") && WIDE.matches) map.setPadding({ left: 430, top: 0, right: 0, bottom: 0 });
    map.getCanvas().setAttribute("aria-description", words.help ?? "");
    drawOnDemand(map);
    return map;
  }

  async #style(plain = false): Promise<StyleSpecification> {
    const found = plain ? null : await serviceStyle(this.getAttribute("basemap") ?? "");
    this.#plain = found === null;
    if (found) return found;
    const [ground, zones] = await Promise.all([this.#file("ground"), this.#file("zones")]);
    return plainStyle(ground, zones, document.documentElement.lang === "el");
  }

  /** One of the city's own files, fetched once: their addresses name a version and are kept by the browser. */
  #file(name: "ground" | "zones"): Promise<GeoJSON> {
    const held = this.#files.get(name) ?? this.#fetch(name);
    this.#files.set(name, held);
    return held;
  }

  async #fetch(name: "ground" | "zones"): Promise<GeoJSON> {
    const found = await geojson(this.getAttribute(name) ?? "");
    if (!found) this.#files.delete(name);
    return found ?? EMPTY;
  }

  #listen(map: GlMap, signal: AbortSignal): void {
    map.on("style.load", async () => {
      addBoundary(map, await this.#file("zones"));
      // one after the other, so that the order of the list is the order on the map
      for (const layer of this.#layers) await this.#put(layer);
      // Names last: a point that lies on a word would make two things unreadable.
      for (const id of this.#layers.flatMap(parts))
        if (id.endsWith("-name") && map.getLayer(id)) map.moveLayer(id);
    });
    map.on("error", (event) => {
      const from = "sourceId" in event ? event.sourceId : "";
      const layer = this.#layers.find((one) => source(one) === from);
      if (layer) this.#fetchedOr(layer, false);
      else console.warn("The map reports:", event.error);
    });
    document.addEventListener(NETWORK, () => isUp() && this.#catchUp(), { signal });
    this.#watchTiles(map);
    onScheme(() => this.#restyle(), signal);
    const [lat, lon] = (this.getAttribute("pick") ?? "")
      .split(/\s+/)
      .map((id) => document.getElementById(id));
    if (lat instanceof HTMLInputElement && lon instanceof HTMLInputElement) {
      pick(map, lat, lon, signal);
      return;
    }
    map.on("click", (event) => this.#open(map, [event.point.x, event.point.y], 6));
    map.on("mousemove", (event) => {
      map.getCanvas().style.cursor = this.#under(map, [event.point.x, event.point.y], 4) ? "pointer" : "";
    });
    const enter = (event: KeyboardEvent): void => {
      const middle = map.project(map.getCenter());
      if (event.key === "Enter") this.#open(map, [middle.x, middle.y], 40);
    };
    map.getCanvas().addEventListener("keydown", enter, { signal });
    const leave = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || !this.#popup?.isOpen()) return;
      event.stopPropagation();
      this.#popup.remove();
      map.getCanvas().focus();
    };
    this.addEventListener("keydown", leave, { signal });
    for (const layer of this.#layers)
      if (layer.live)
        document.body.addEventListener(`live:${layer.live}`, () => this.#refresh(layer), { signal });
    const follow = async (): Promise<void> => {
      for (const layer of this.#layers.filter((one) => one.narrowed)) {
        this.#narrow(layer);
        await this.#refresh(layer);
        const found = this.#data.get(layer.id);
        if (found && typeof found !== "string") this.#frame(map, found);
      }
    };
    document.body.addEventListener("htmx:pushedIntoHistory", () => void follow(), { signal });
  }

  /** A style may come while its tiles do not; then the plain ground is better than an empty page. */
  #watchTiles(map: GlMap): void {
    if (this.#plain) return;
    let arrived = false;
    map.on("data", (event) => {
      if (event.dataType === "source" && "tile" in event && event.tile) arrived = true;
    });
    setTimeout(() => {
      if (!arrived && this.#map === map)
        void this.#style(true).then((style) => this.#map?.setStyle(style, { diff: false }));
    }, TILES_PATIENCE_MS);
  }

  async #put(layer: Layer): Promise<void> {
    let data = this.#data.get(layer.id);
    if (!data) {
      const found = layer.data ?? (await this.#read(layer));
      if (found) this.#data.set(layer.id, found);
      this.#fetchedOr(layer, found !== null);
      data = found ?? EMPTY;
    }
    const map = this.#map;
    if (!map || map.getSource(source(layer))) return;
    add(map, layer, data);
    if ((layer.fit || layer.narrowed) && !this.#framed && typeof data !== "string") this.#frame(map, data);
    if (layer.shown !== false && typeof data !== "string") this.#openNamed(map, layer, data);
  }

  /** Many points go straight to the worker; few are read here, for their states in the legend and the frame. */
  async #read(layer: Layer): Promise<GeoJSON | string | null> {
    const src = layer.src ?? "";
    const many = layer.cluster && !(layer.narrowed && location.search);
    return many ? new URL(src, location.href).href : geojson(src);
  }

  /** The thing that the address names, once: whoever was sent here sees what was meant. */
  #openNamed(map: GlMap, layer: Layer, data: GeoJSON): void {
    const thing = this.getAttribute("thing");
    const features = thing && data.type === "FeatureCollection" ? data.features : [];
    const named = features.find((one) => neutral(String(one.properties?.url ?? "")) === thing);
    const box = named && frame({ type: "FeatureCollection", features: [named] });
    if (!named?.properties || !box) return;
    this.removeAttribute("thing");
    const place: [number, number] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    // On another screen than the sender's it may lie at the edge, where what it says would be cut.
    const { x, y } = map.project(place);
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const inside = x > width * 0.2 && x < width * 0.8 && y > height * 0.3 && y < height * 0.8;
    if (!inside) map.jumpTo({ center: place });
    this.#show(map, place, named.properties, layer, false);
  }

  /** Once, so that the whole of a layer is seen on any screen; where a reader has gone since is theirs. */
  #frame(map: GlMap, data: GeoJSON): void {
    const box = frame(data);
    if (!box) return;
    this.#framed = true;
    map.fitBounds(box, { padding: 32, maxZoom: 14, animate: false });
  }

  async #refresh(layer: Layer): Promise<void> {
    if (!layer.src || !this.#map) return;
    const data = await this.#read(layer);
    this.#fetchedOr(layer, data !== null);
    // What stands there stays until there is something better.
    if (!data || !this.#map || (typeof data !== "string" && data === this.#data.get(layer.id))) return;
    this.#data.set(layer.id, data);
    renew(this.#map, layer, data);
  }

  #catchUp(): void {
    for (const layer of this.#stale) void this.#refresh(layer);
  }

  /** Notes whether a layer could be fetched; where not, the map says of when it is, and so does the page. */
  #fetchedOr(layer: Layer, good: boolean): void {
    if (good) {
      this.#fetched.set(layer.id, Date.now());
      this.#stale.delete(layer);
    } else {
      this.#stale.add(layer);
      document.dispatchEvent(new CustomEvent(STALE));
    }
    this.querySelector(".stale")?.remove();
    const [old] = this.#stale;
    if (!old) return;
    const said = document.createElement("p");
    said.className = "stale";
    const at = this.#fetched.get(old.id);
    said.textContent = at ? `${this.dataset.stale ?? ""} ${moment(at)}` : (this.dataset.missing ?? "");
    this.append(said);
  }

  #toggle(layer: Layer, on: boolean): void {
    layer.shown = on;
    if (this.#map?.getSource(source(layer))) show(this.#map, layer, on);
    this.#address?.keep();
  }

  #restyle(): void {
    void this.#style(this.#plain).then((style) => this.#map?.setStyle(style, { diff: false }));
    const old = this.querySelector(".legend");
    old?.replaceWith(legend(this.#layers, this.dataset, (layer, on) => this.#toggle(layer, on)));
  }

  #under(map: GlMap, [x, y]: [number, number], reach: number): MapGeoJSONFeature | undefined {
    const layers = this.#layers.flatMap(touchable).filter((id) => map.getLayer(id));
    const box: [[number, number], [number, number]] = [
      [x - reach, y - reach],
      [x + reach, y + reach],
    ];
    return layers.length ? map.queryRenderedFeatures(box, { layers })[0] : undefined;
  }

  #open(map: GlMap, at: [number, number], reach: number): void {
    const found = this.#under(map, at, reach);
    if (!found) return;
    const place =
      found.geometry.type === "Point" ? (found.geometry.coordinates as [number, number]) : map.unproject(at);
    if (found.properties.cluster) {
      const from = map.getSource<GeoJSONSource>(found.source);
      void from
        ?.getClusterExpansionZoom(Number(found.properties.cluster_id))
        .then((zoom) => map.easeTo({ center: place, zoom: zoom + 0.2 }));
      return;
    }
    const layer = this.#layers.find((one) => source(one) === found.source);
    this.#show(map, place, found.properties, layer);
  }

  #show(
    map: GlMap,
    place: [number, number] | LngLat,
    told: Record<string, unknown>,
    layer?: Layer,
    asked = true,
  ): void {
    this.#popup?.remove();
    this.#popup = open(map, place, told, wordOf(layer, told.tone, this.dataset), this.dataset, asked);
    this.#address?.choose(String(told.url ?? ""));
    this.#popup.on("close", () => this.#address?.choose(""));
  }

  #fail(error: unknown): void {
    console.warn("The map could not be drawn.", error);
    this.querySelector(".stage")?.remove();
    this.setAttribute("failed", "");
    const note = document.createElement("p");
    note.className = "soft small";
    note.textContent = this.dataset.failed ?? "";
    this.append(note);
  }
}

customElements.define("candia-map", CandiaMap);
