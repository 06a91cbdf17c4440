/** What the map shows, in words, with a switch for each layer and the shape of each state. */

import { shape, TONES, type Tone } from "./images";
import type { Layer } from "./layers";

/** A layer may say in its own words what its states mean. */
type Told = Layer & { words?: Partial<Record<Tone, string>> };

export function legend(
  layers: readonly Told[],
  words: DOMStringMap,
  toggle: (layer: Layer, on: boolean) => void,
): HTMLElement {
  const box = document.createElement("div");
  box.className = "legend";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", words.legend ?? "");
  for (const layer of layers) box.append(switchOf(layer, toggle));
  const tones = TONES.filter((tone) => layers.some((layer) => layer.tones?.includes(tone)));
  if (tones.length) {
    const list = document.createElement("ul");
    list.append(
      ...tones.map((tone) =>
        sign(tone, layers.find((layer) => layer.words?.[tone])?.words?.[tone] ?? words[tone] ?? tone),
      ),
    );
    box.append(list);
  }
  return box;
}

function switchOf(layer: Layer, toggle: (layer: Layer, on: boolean) => void): HTMLElement {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "checkbox";
  input.checked = layer.shown !== false;
  input.addEventListener("change", () => toggle(layer, input.checked));
  label.append(input, layer.title);
  return label;
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
