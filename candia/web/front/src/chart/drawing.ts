/** The options that make uPlot draw in the city's manner: quiet axes, the usual band, the interval that is the evidence. */

import uPlot from "uplot";
import { colour } from "../scheme";
import type { Data, Series } from "./table";
import type { Words } from "./words";

/** Each series has its colour and its own dash, so that they are told apart in print as well. */
export const LOOKS: readonly { token: string; dash: number[] }[] = [
  { token: "--sea", dash: [] },
  { token: "--ochre-ink", dash: [7, 4] },
  { token: "--good", dash: [2, 3] },
  { token: "--bad", dash: [9, 3, 2, 3] },
];

/** What was foretold has one colour: dashed in the middle, faint at its ends. */
const FORETOLD = "--ochre-ink";

export function lookOf(series: Series, index: number): { token: string; dash: number[] } {
  if (series.role) return { token: FORETOLD, dash: series.role === "middle" ? [7, 4] : [] };
  return LOOKS[index] ?? { token: "--ink", dash: [] };
}

export interface Manner {
  kind: string;
  unit: string;
  zone: string | undefined;
  band: [low: number, high: number];
  floor: number;
  mark: [from: number, to: number];
  words: Words;
  moved(index: number | null): void;
}

const FONT = "500 12px Commissioner, sans-serif";

export function options(data: Data, manner: Manner, width: number, height: number): uPlot.Options {
  const { words, zone } = manner;
  const axis = { stroke: colour("--ink-soft"), font: FONT, ticks: { show: false }, labelFont: FONT };
  return {
    width,
    height,
    ...(zone && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), zone) }),
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false }, points: { size: 9 }, focus: { prox: 24 } },
    // to the right room for half of the last label
    padding: [12, 28, 0, 0],
    scales: {
      x: { range: (_u, from, to) => [from - half(data, manner), to + half(data, manner)] },
      y: { range: (_u, low, high) => reach(low, high, manner) },
    },
    axes: [
      {
        ...axis,
        size: 44,
        grid: { show: false },
        values: (_u, at, _i, _s, step) => at.map((t, i) => words.tick(t, step, at[i - 1])),
      },
      {
        ...axis,
        size: 56,
        grid: { stroke: colour("--line"), width: 1 },
        values: (_u, at) => at.map((value) => words.number(value)),
      },
    ],
    series: [{}, ...data.series.map((series, i) => look(series, i, manner.kind))],
    ...between(data),
    hooks: {
      drawClear: [(u) => ground(u, manner)],
      setCursor: [(u) => manner.moved(u.cursor.idx ?? null)],
    },
  };
}

/** Half the width of a bar's stretch, so that the first and the last stand whole. */
function half({ times }: Data, { kind }: Manner): number {
  const [first, last] = [times[0], times.at(-1)];
  if (kind !== "bar" || first === undefined || last === undefined) return 0;
  return times.length > 1 ? (last - first) / (times.length - 1) / 2 : 1800;
}

/** From nought where that is near, and always with the usual band in sight. */
function reach(low: number | null, high: number | null, { band, floor }: Manner): [number, number] {
  const known = [low, high, ...band, floor].filter(
    (value): value is number => value !== null && Number.isFinite(value),
  );
  if (!known.length) return [0, 1];
  const bottom = Math.min(...known);
  const top = Math.max(...known);
  const from = bottom >= 0 && bottom < top * 0.6 ? 0 : bottom - (top - bottom) * 0.1;
  return [from, top + (top - from) * 0.08 || 1];
}

/** The interval of what was foretold, filled. */
function between({ series }: Data): Partial<uPlot.Options> {
  const [high, low] = ["high", "low"].map((role) => series.findIndex((one) => one.role === role) + 1);
  return high && low ? { bands: [{ series: [high, low], fill: colour(FORETOLD, 0.16) }] } : {};
}

function look(series: Series, index: number, kind: string): uPlot.Series {
  const { token, dash } = lookOf(series, index);
  const { title: label, role } = series;
  if (role === "low" || role === "high")
    return { label, stroke: colour(token, 0.45), width: 0.75, spanGaps: false, points: { show: false } };
  const bars = kind === "bar" && !role;
  const opacity = bars ? 0.8 : index === 0 ? 0.09 : 0;
  const paths = bars
    ? uPlot.paths.bars?.({ size: [0.72, 60] })
    : kind === "step"
      ? uPlot.paths.stepped?.({ align: 1 })
      : undefined;
  return {
    label,
    stroke: colour(token),
    width: bars ? 0 : 1.75,
    dash,
    spanGaps: false,
    points: { show: false },
    ...(opacity && { fill: colour(token, opacity) }),
    ...(paths && { paths }),
  };
}

function ground(u: uPlot, { band, mark }: Manner): void {
  const { left, top, width, height } = u.bbox;
  const pen = u.ctx;
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width, height);
  pen.clip();
  const [low, high] = band;
  if (Number.isFinite(high)) {
    const above = u.valToPos(high, "y", true);
    const below = Number.isFinite(low) ? u.valToPos(low, "y", true) : top + height;
    pen.fillStyle = colour("--good", 0.11);
    pen.fillRect(left, above, width, below - above);
    pen.strokeStyle = colour("--good", 0.8);
    pen.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    pen.lineWidth = devicePixelRatio;
    pen.strokeRect(left - 2, above, width + 4, below - above);
  }
  const [from, to] = mark;
  if (Number.isFinite(from) && Number.isFinite(to)) {
    const start = u.valToPos(from, "x", true);
    const end = u.valToPos(to, "x", true);
    pen.fillStyle = colour("--bad", 0.13);
    pen.fillRect(start, top, end - start, height);
    pen.fillStyle = colour("--bad");
    pen.fillRect(start, top, end - start, 3 * devicePixelRatio);
  }
  pen.restore();
}
