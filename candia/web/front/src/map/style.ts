/** The base map: the city's tile service if it answers in time, else a plain one drawn from the city's own coarse ground. */

import type { Feature, GeoJSON } from "geojson";
import type {
  ExpressionSpecification,
  Map as GlMap,
  LayerSpecification,
  StyleSpecification,
} from "maplibre-gl";
import { colour, isDark } from "../scheme";

const PATIENCE_MS = 4000;
const FETCH_MS = 20_000;

/** `urls` is one style address, or a light and a dark one. Null where none is set or none answers. */
export async function serviceStyle(urls: string): Promise<StyleSpecification | null> {
  const [light, dark] = urls.split(/\s+/).filter(Boolean);
  const url = isDark() ? (dark ?? light) : light;
  if (!url) return null;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? ((await answer.json()) as StyleSpecification) : null;
  } catch {
    return null;
  }
}

export const EMPTY: GeoJSON = { type: "FeatureCollection", features: [] };

/** What was fetched from each address, by the tag of the answer: what has not changed is neither read nor drawn again. */
const held = new Map<string, { tag: string; data: GeoJSON }>();

/**
 * What stands at an address, the very same object while it says the same; null where it can't be had, which is not the
 * same as nothing.
 */
export async function geojson(url: string): Promise<GeoJSON | null> {
  if (!url) return EMPTY;
  try {
    const signal = AbortSignal.timeout(FETCH_MS);
    const answer = await fetch(url, { headers: { Accept: "application/geo+json" }, signal });
    if (!answer.ok) return null;
    const tag = answer.headers.get("ETag") ?? "";
    const before = held.get(url);
    if (tag && before?.tag === tag) return before.data;
    const data = (await answer.json()) as GeoJSON;
    held.set(url, { tag, data });
    return data;
  } catch {
    return null;
  }
}

const featuresOf = (zones: GeoJSON, kind: string): Feature[] =>
  zones.type === "FeatureCollection"
    ? zones.features.filter((feature) => feature.properties?.kind === kind)
    : [];

/** The real boundary, where one was loaded, upon whichever base map was drawn. */
export function addBoundary(map: GlMap, zones: GeoJSON): void {
  const features = featuresOf(zones, "boundary");
  if (!features.length || map.getSource("boundary")) return;
  map.addSource("boundary", { type: "geojson", data: { type: "FeatureCollection", features } });
  const line = (id: string, paint: object): void => {
    map.addLayer({ id, source: "boundary", type: "line", paint, layout: { "line-join": "round" } });
  };
  line("boundary-glow", { "line-color": colour("--sea"), "line-width": 7, "line-opacity": 0.14 });
  line("boundary", { "line-color": colour("--sea"), "line-width": 1.6, "line-opacity": 0.75 });
}

/** The units drawn by hand give way to a real boundary: two lines for one thing would only confuse. */
function unitsOf(zones: GeoJSON): GeoJSON {
  const real = featuresOf(zones, "boundary").length > 0;
  return { type: "FeatureCollection", features: real ? [] : featuresOf(zones, "unit") };
}

function palette(): Record<
  "sea" | "coast" | "land" | "town" | "green" | "road" | "edge" | "wall" | "unit",
  string
> {
  return isDark()
    ? {
        sea: "#14233d",
        coast: "#3b5578",
        land: "#1d2430",
        town: "#262f3d",
        green: "#22352f",
        road: "#3c4859",
        edge: "#161c26",
        wall: "#b98a45",
        unit: "#8a97a8",
      }
    : {
        sea: "#cfe0ea",
        coast: "#8fb0c4",
        land: "#f3eee2",
        town: "#e9e1d1",
        green: "#dbe3c8",
        road: "#fffdf8",
        edge: "#d6cbb6",
        wall: "#a8742c",
        unit: "#7d7a70",
      };
}

const kind = (name: string): ExpressionSpecification => ["==", ["get", "kind"], name];
const grow = (small: number, large: number): ExpressionSpecification => [
  "interpolate",
  ["exponential", 1.6],
  ["zoom"],
  10,
  small,
  17,
  large,
];

/** Sea, land, town, walls, roads and names from the ground file; the municipal units as thin lines. Needs no network. */
export function plainStyle(ground: GeoJSON, zones: GeoJSON, greek: boolean): StyleSpecification {
  const p = palette();
  const line = (
    id: string,
    what: string,
    paint: object,
    filter?: ExpressionSpecification,
    source = "ground",
  ): LayerSpecification => ({
    id,
    source,
    type: "line",
    filter: filter ?? kind(what),
    paint,
    layout: { "line-join": "round", "line-cap": "round" },
  });
  const fill = (id: string, paint: string): LayerSpecification => ({
    id,
    source: "ground",
    type: "fill",
    filter: kind(id),
    paint: { "fill-color": paint },
  });
  const road = (rank: number): ExpressionSpecification => [
    "all",
    kind("road"),
    ["<=", ["get", "rank"], rank],
  ];
  return {
    version: 8,
    sources: { ground: { type: "geojson", data: ground }, units: { type: "geojson", data: unitsOf(zones) } },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": p.sea } },
      fill("land", p.land),
      line("shallows", "land", {
        "line-color": p.coast,
        "line-width": grow(5, 26),
        "line-opacity": 0.18,
        "line-blur": 4,
      }),
      fill("town", p.town),
      fill("park", p.green),
      fill("airport", p.edge),
      line("runway", "runway", { "line-color": p.road, "line-width": grow(1, 14) }),
      line("coast", "land", { "line-color": p.coast, "line-width": grow(0.8, 2.5) }),
      line("stream", "stream", { "line-color": p.coast, "line-width": grow(0.6, 4) }),
      line(
        "units",
        "unit",
        { "line-color": p.unit, "line-width": 1, "line-dasharray": [4, 3], "line-opacity": 0.7 },
        kind("unit"),
        "units",
      ),
      line("road-edge", "road", { "line-color": p.edge, "line-width": grow(2.2, 16) }, road(3)),
      line("road", "road", { "line-color": p.road, "line-width": grow(1.2, 13) }, road(3)),
      line("road-main", "road", { "line-color": p.road, "line-width": grow(2, 18) }, road(1)),
      line("walls", "walls", { "line-color": p.wall, "line-width": grow(1.4, 9), "line-opacity": 0.85 }),
      line("mole", "mole", { "line-color": p.coast, "line-width": grow(1.4, 10) }),
      names(greek),
    ],
  };
}

function names(greek: boolean): LayerSpecification {
  const name: ExpressionSpecification = greek
    ? ["get", "name"]
    : ["coalesce", ["get", "name_en"], ["get", "name"]];
  const letters: ExpressionSpecification = [
    "case",
    ["==", ["get", "what"], "sea"],
    "sea",
    ["==", ["get", "rank"], 1],
    "big",
    ["==", ["get", "rank"], 2],
    "town",
    "small",
  ];
  return {
    id: "names",
    source: "ground",
    type: "symbol",
    filter: ["all", kind("place"), ["<=", ["get", "rank"], ["step", ["zoom"], 2, 11.5, 3]]],
    layout: {
      "icon-image": ["concat", "words:", letters, ":", name],
      "symbol-sort-key": ["get", "rank"],
      "icon-padding": 4,
    },
    paint: { "icon-opacity": 0.92 },
  };
}
