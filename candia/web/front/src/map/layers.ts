/** The city's own layers upon the base map: points told apart by shape, zones by tint, lines. */

import type { GeoJSON } from "geojson";
import type { ExpressionSpecification, GeoJSONSource, Map as GlMap } from "maplibre-gl";
import { colour } from "../scheme";
import { TONES, type Tone } from "./images";

/** One entry of the `layers` script; `templates/README.md` tells its fields. */
export interface Layer {
  id: string;
  title: string;
  kind: "points" | "zones" | "lines";
  src?: string;
  data?: GeoJSON;
  cluster?: boolean;
  shown?: boolean;
  tone?: Tone;
  tones?: Tone[];
  /** What its states mean, in its own words. */
  words?: Partial<Record<Tone, string>>;
  live?: string;
  /** Whether what narrows the page's list, in its address, narrows the layer too. */
  narrowed?: boolean;
  synthetic?: boolean;
  fit?: boolean;
}

export const source = (layer: Layer): string => `candia-${layer.id}`;
const own = (layer: Layer, part: string): string => `candia-${layer.id}-${part}`;

export function parts(layer: Layer): string[] {
  const of = { points: ["cluster", "mark"], zones: ["fill", "line", "name"], lines: ["line"] }[layer.kind];
  return of.filter((part) => part !== "cluster" || layer.cluster).map((part) => own(layer, part));
}

/** What a tap may open; a zone is opened by its area, not by its edge. */
export function touchable(layer: Layer): string[] {
  return parts(layer).filter(
    (id) => !id.endsWith("-name") && !(layer.kind === "zones" && id.endsWith("-line")),
  );
}

const toneOf = (layer: Layer): ExpressionSpecification => ["coalesce", ["get", "tone"], layer.tone ?? "info"];

const byTone = (layer: Layer, alpha: number): ExpressionSpecification =>
  [
    "match",
    toneOf(layer),
    ...TONES.flatMap((tone) => [tone, colour(`--${tone}`, alpha)]),
    colour("--quiet", alpha),
  ] as unknown as ExpressionSpecification;

export function add(map: GlMap, layer: Layer, data: GeoJSON | string): void {
  const sum = (tone: Tone): unknown => ["+", ["case", ["==", ["get", "tone"], tone], 1, 0]];
  map.addSource(source(layer), {
    type: "geojson",
    data,
    ...(layer.cluster && {
      cluster: true,
      clusterRadius: 48,
      clusterMaxZoom: 15,
      clusterProperties: { bad: sum("bad"), warn: sum("warn") },
    }),
  });
  if (layer.kind === "zones") addZones(map, layer);
  else if (layer.kind === "lines")
    map.addLayer({
      id: own(layer, "line"),
      source: source(layer),
      type: "line",
      paint: { "line-color": byTone(layer, 1), "line-width": 3 },
    });
  else addPoints(map, layer);
  show(map, layer, layer.shown !== false);
}

function addZones(map: GlMap, layer: Layer): void {
  const from = source(layer);
  map.addLayer({
    id: own(layer, "fill"),
    source: from,
    type: "fill",
    paint: { "fill-color": byTone(layer, 1), "fill-opacity": 0.2 },
  });
  map.addLayer({
    id: own(layer, "line"),
    source: from,
    type: "line",
    paint: { "line-color": byTone(layer, 0.85), "line-width": 1.5 },
    layout: { "line-join": "round" },
  });
  map.addLayer({
    id: own(layer, "name"),
    source: from,
    type: "symbol",
    minzoom: 10.5,
    layout: {
      "icon-image": ["concat", "words:zone:", ["coalesce", ["get", "name"], ""]],
      "icon-padding": 6,
      // a point in the middle of a zone takes nobody its name
      "icon-offset": [0, 18],
      // where there is room for few names, those of the worst
      "symbol-sort-key": ["match", toneOf(layer), "bad", 0, "warn", 1, "info", 2, 3],
    },
  });
}

function addPoints(map: GlMap, layer: Layer): void {
  const from = source(layer);
  if (layer.cluster) {
    const worst: ExpressionSpecification = [
      "case",
      [">", ["get", "bad"], 0],
      "bad",
      [">", ["get", "warn"], 0],
      "warn",
      "info",
    ];
    map.addLayer({
      id: own(layer, "cluster"),
      source: from,
      type: "symbol",
      filter: ["has", "point_count"],
      layout: {
        "icon-image": ["concat", "cluster:", worst, ":", ["to-string", ["get", "point_count_abbreviated"]]],
        "icon-allow-overlap": true,
      },
    });
  }
  map.addLayer({
    id: own(layer, "mark"),
    source: from,
    type: "symbol",
    ...(layer.cluster && { filter: ["!", ["has", "point_count"]] as ExpressionSpecification }),
    layout: {
      "icon-image": ["concat", "mark:", toneOf(layer)],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 14, 0.95, 17, 1.25],
      // what is wrong lies on top
      "symbol-sort-key": ["match", toneOf(layer), "bad", 3, "warn", 2, "info", 1, 0],
    },
  });
}

export function show(map: GlMap, layer: Layer, visible: boolean): void {
  for (const id of parts(layer)) map.setLayoutProperty(id, "visibility", visible ? "visible" : "none");
}

/** The box around everything that a layer shows, [west, south, east, north]; null where it shows nothing. */
export function frame(data: GeoJSON): [number, number, number, number] | null {
  const box: [number, number, number, number] = [180, 90, -180, -90];
  const take = (place: unknown): void => {
    if (!Array.isArray(place)) return;
    const [lon, lat] = place;
    if (typeof lon !== "number" || typeof lat !== "number") {
      for (const inner of place) take(inner);
      return;
    }
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  };
  for (const feature of data.type === "FeatureCollection" ? data.features : [])
    if (feature.geometry && "coordinates" in feature.geometry) take(feature.geometry.coordinates);
  return box[0] <= box[2] ? box : null;
}

export function renew(map: GlMap, layer: Layer, data: GeoJSON | string): void {
  map.getSource<GeoJSONSource>(source(layer))?.setData(data);
}
