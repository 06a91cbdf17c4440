/** What the map shows, in words: a switch for each layer, and under it the shape of each of its states. */

import { shape, TONES, type Tone } from "./images";
import type { Layer } from "./layers";

/** What a layer says of a state in its own words; else the words that all maps share, where it names its states. */
export function wordOf(layer: Layer | undefined, tone: unknown, words: DOMStringMap): string {
  if (typeof tone !== "string") return "";
  return layer?.words ? (layer.words[tone as Tone] ?? "") : (words[tone] ?? "");
}

export function legend(
  layers: readonly Layer[],
  words: DOMStringMap,
  toggle: (layer: Layer, on: boolean) => void,
): HTMLElement {
  const box = document.createElement("div");
  box.className = "legend";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", words.legend ?? "");
  for (const layer of layers) {
    const group = document.createElement("div");
    const signs = signsOf(layer, words);
    const tell = (on: boolean): void => {
      signs.hidden = !on;
    };
    tell(layer.shown !== false);
    group.append(
      switchOf(layer, (on) => {
        tell(on);
        toggle(layer, on);
      }),
      ...(signs.children.length ? [signs] : []),
    );
    box.append(group);
  }
  return box;
}

function switchOf(layer: Layer, toggle: (on: boolean) => void): HTMLElement {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "checkbox";
  input.checked = layer.shown !== false;
  input.addEventListener("change", () => toggle(input.checked));
  label.append(input, layer.title);
  return label;
}

function signsOf(layer: Layer, words: DOMStringMap): HTMLElement {
  const list = document.createElement("ul");
  const told = (tone: Tone): boolean =>
    Boolean(layer.words ? layer.words[tone] : layer.tones?.includes(tone));
  list.append(...TONES.filter(told).map((tone) => sign(tone, wordOf(layer, tone, words))));
  return list;
}

function sign(tone: Tone, word: string): HTMLElement {
  const item = document.createElement("li");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 48;
  canvas.setAttribute("aria-hidden", "true");
  const pen = canvas.getContext("2d");
  if (pen) shape(pen, tone, 48);
  item.append(canvas, word);
  return item;
}
