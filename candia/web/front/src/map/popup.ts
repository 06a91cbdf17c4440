/** What a place says when it is opened; text only, so that nothing a stranger wrote is ever taken for markup. */

import { type Map as GlMap, type LngLatLike, Popup } from "maplibre-gl";

function line(tag: string, text: unknown, className = ""): HTMLElement[] {
  if (text === undefined || text === null || text === "") return [];
  const element = document.createElement(tag);
  element.textContent = String(text);
  element.className = className;
  return [element];
}

export function open(
  map: GlMap,
  at: LngLatLike,
  properties: Record<string, unknown>,
  tone: string,
  words: DOMStringMap,
  /** Whether somebody here has just asked for it; else it takes the focus from nobody. */
  asked: boolean,
): Popup {
  const body = document.createElement("div");
  body.append(
    ...line("strong", properties.name ?? properties.title),
    ...line("p", properties.text),
    ...line(
      "p",
      [tone, properties.synthetic ? words.synthetic : ""].filter(Boolean).join(" · "),
      "soft small",
    ),
  );
  const url = String(properties.url ?? "");
  if (url.startsWith("/") && !url.startsWith("//")) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = words.more ?? "→";
    body.append(link);
  }
  return new Popup({ maxWidth: "18rem", closeOnMove: false, focusAfterOpen: asked })
    .setLngLat(at)
    .setDOMContent(body)
    .addTo(map);
}
