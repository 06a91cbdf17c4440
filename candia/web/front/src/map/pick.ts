/** A point set in a form: by a tap, by dragging the pin, by Enter at the middle of the map, or by typing the numbers. */

import { type Map as GlMap, type LngLat, Marker } from "maplibre-gl";

const PIN = "M12 31S23 19 23 11.500a11 11 0 0 0-22 0C1 19 12 31 12 31z";

function pin(): HTMLElement {
  const element = document.createElement("div");
  element.className = "pin";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 32");
  const drop = document.createElementNS(svg.namespaceURI, "path");
  drop.setAttribute("d", PIN);
  drop.setAttribute("fill", "currentColor");
  const eye = document.createElementNS(svg.namespaceURI, "circle");
  for (const [name, value] of Object.entries({ cx: "12", cy: "11.500", r: "4", fill: "white" }))
    eye.setAttribute(name, value);
  svg.append(drop, eye);
  element.append(svg);
  return element;
}

/** A Greek keyboard types 35,3381: both signs are a decimal point here. */
const number = (input: HTMLInputElement): number => Number.parseFloat(input.value.replace(",", "."));

export function pick(map: GlMap, lat: HTMLInputElement, lon: HTMLInputElement, signal: AbortSignal): void {
  const marker = new Marker({ element: pin(), anchor: "bottom", draggable: true });
  let placed = false;
  const put = (at: { lng: number; lat: number }): void => {
    marker.setLngLat([at.lng, at.lat]);
    if (!placed) marker.addTo(map);
    placed = true;
  };
  const write = (at: LngLat): void => {
    put(at);
    lat.value = at.lat.toFixed(6);
    lon.value = at.lng.toFixed(6);
    for (const input of [lat, lon]) input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const read = (move: boolean): void => {
    const at = { lng: number(lon), lat: number(lat) };
    if (!(Math.abs(at.lat) <= 90 && Math.abs(at.lng) <= 180)) return;
    put(at);
    if (move) map.easeTo({ center: [at.lng, at.lat] });
  };
  read(false);
  if (placed) map.jumpTo({ center: marker.getLngLat() });
  map.on("click", (event) => write(event.lngLat));
  marker.on("dragend", () => write(marker.getLngLat()));
  map
    .getCanvas()
    .addEventListener("keydown", (event) => event.key === "Enter" && write(map.getCenter()), { signal });
  for (const input of [lat, lon]) input.addEventListener("input", () => read(true), { signal });
}
