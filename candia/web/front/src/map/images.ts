/** Everything that a map says in signs and words, drawn here: no sprite and no font from another host is needed. */

import type { Map as GlMap } from "maplibre-gl";
import { colour } from "../scheme";

export type Tone = "good" | "warn" | "bad" | "info" | "quiet";
export const TONES: readonly Tone[] = ["bad", "warn", "info", "good", "quiet"];

const RATIO = Math.min(Math.max(devicePixelRatio, 1), 3);

function sheet(width: number, height: number): [CanvasRenderingContext2D, () => ImageData] {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * RATIO);
  canvas.height = Math.ceil(height * RATIO);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser draws no canvas.");
  pen.scale(RATIO, RATIO);
  return [pen, () => pen.getImageData(0, 0, canvas.width, canvas.height)];
}

/** A tone's own shape: diamond for an alarm, triangle for a look, ring for in progress, disc for in order, dot for silence. */
export function shape(pen: CanvasRenderingContext2D, tone: Tone, size: number): void {
  const c = size / 2;
  const r = { bad: 0.46, warn: 0.44, info: 0.32, good: 0.34, quiet: 0.2 }[tone] * size;
  pen.beginPath();
  if (tone === "bad") polygon(pen, [c, c - r, c + r, c, c, c + r, c - r, c]);
  else if (tone === "warn") polygon(pen, [c, c - r, c + r, c + r * 0.8, c - r, c + r * 0.8]);
  else pen.arc(c, c, r, 0, 2 * Math.PI);
  pen.lineJoin = "round";
  pen.lineWidth = tone === "info" ? size * 0.16 : size * 0.09;
  pen.fillStyle = tone === "info" ? colour("--raised") : colour(`--${tone}`);
  pen.strokeStyle = tone === "info" ? colour("--info") : colour("--raised");
  pen.fill();
  pen.stroke();
}

function polygon(pen: CanvasRenderingContext2D, xy: number[]): void {
  for (let i = 0; i < xy.length; i += 2) pen.lineTo(xy[i] ?? 0, xy[i + 1] ?? 0);
  pen.closePath();
}

function mark(tone: Tone): ImageData {
  const [pen, done] = sheet(24, 24);
  shape(pen, tone, 24);
  return done();
}

function cluster(tone: Tone, count: string): ImageData {
  const size = 34 + Math.min(count.length, 5) * 4;
  const [pen, done] = sheet(size, size);
  const c = size / 2;
  pen.beginPath();
  pen.arc(c, c, c - 3, 0, 2 * Math.PI);
  pen.fillStyle = colour("--raised", 0.94);
  pen.fill();
  pen.lineWidth = tone === "bad" || tone === "warn" ? 4 : 2;
  pen.strokeStyle = colour(`--${tone}`);
  pen.stroke();
  pen.fillStyle = colour("--ink");
  pen.font = `650 13px Commissioner, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(count, c, c + 0.5);
  return done();
}

const LETTERS: Record<string, [font: string, token: string]> = {
  big: ["680 16px", "--ink"],
  town: ["600 13px", "--ink"],
  small: ["520 12px", "--ink-soft"],
  zone: ["620 13px", "--ink"],
  sea: ["italic 480 14px", "--sea"],
};

function words(kind: string, text: string): ImageData {
  const [font, token] = LETTERS[kind] ?? ["600 13px", "--ink"];
  const face = `${font} Commissioner, sans-serif`;
  const [measure] = sheet(1, 1);
  measure.font = face;
  const [pen, done] = sheet(measure.measureText(text).width + 12, 26);
  pen.font = face;
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = colour(kind === "sea" ? "--sea-tint" : "--paper", 0.9);
  pen.strokeText(text, 6, 13);
  pen.fillStyle = colour(token);
  pen.fillText(text, 6, 13);
  return done();
}

/** Draws an image when a layer first asks for it: `mark:<tone>`, `cluster:<tone>:<count>` or `words:<kind>:<text>`. */
export function drawOnDemand(map: GlMap): void {
  map.setMissingStyleImageResolver((id) => {
    const [what, kind = "", ...rest] = id.split(":");
    const text = rest.join(":");
    const image =
      what === "mark"
        ? mark(kind as Tone)
        : what === "cluster"
          ? cluster(kind as Tone, text)
          : what === "words"
            ? words(kind, text)
            : null;
    if (image && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: RATIO });
  });
}
