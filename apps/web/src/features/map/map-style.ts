import type { ExpressionSpecification, StyleSpecification } from "maplibre-gl";
import { cssColour } from "@/features/map/css-colour";
import { toneOrder } from "@/features/map/light-marks";

/** Sources and layers that others ask for by name. */
export const lightsSource = "lights";
export const clusterLayer = "clusters";
export const lightLayer = "light-dots";

// Without a glyph server the renderer draws letters itself, with the page's own fonts.
const font = ["Inter Variable"];
const clusterRadiusPixels = 44;
const clusterZoomMax = 15;

export interface BaseOptions {
  /** Address of raster tiles with {z}, {x} and {y}; null draws the streets that come with the program alone. */
  readonly tileUrl: string | null;
}

/**
 * The ground: water, parks, districts and streets of the file that comes with the program, so that the map works without
 * internet; where a tile server is set, its pictures lie above, and where one does not answer the ground shows through.
 */
export function baseStyle({ tileUrl }: BaseOptions): StyleSpecification {
  const land = cssColour("--map-land");
  return {
    version: 8,
    sources: {
      town: { type: "geojson", data: "/town.geojson" },
      ...(tileUrl === null
        ? {}
        : {
            tiles: {
              type: "raster" as const,
              tiles: [tileUrl],
              tileSize: 256,
              maxzoom: 19,
              attribution: `Tiles: ${hostOf(tileUrl)}`,
            },
          }),
    },
    layers: [
      { id: "land", type: "background", paint: { "background-color": land } },
      {
        id: "parks",
        type: "fill",
        source: "town",
        filter: ["==", ["get", "kind"], "park"],
        paint: { "fill-color": cssColour("--map-park") },
      },
      {
        id: "water",
        type: "fill",
        source: "town",
        filter: ["==", ["get", "kind"], "water"],
        paint: { "fill-color": cssColour("--map-water") },
      },
      {
        id: "district-borders",
        type: "line",
        source: "town",
        filter: ["==", ["get", "kind"], "district"],
        paint: { "line-color": cssColour("--map-casing"), "line-width": 1, "line-dasharray": [3, 3] },
      },
      streets("street-casing", cssColour("--map-casing"), 1.5),
      streets("street-fill", cssColour("--map-street"), 0),
      ...(tileUrl === null ? [] : [{ id: "tiles", type: "raster" as const, source: "tiles" }]),
      {
        id: "street-names",
        type: "symbol",
        source: "town",
        minzoom: 14,
        filter: ["match", ["get", "kind"], ["street", "main-street"], true, false],
        layout: {
          "symbol-placement": "line",
          "text-field": ["get", "name"],
          "text-font": font,
          "text-size": 11,
          visibility: tileUrl === null ? "visible" : "none",
        },
        paint: {
          "text-color": cssColour("--muted-foreground"),
          "text-halo-color": cssColour("--map-street"),
          "text-halo-width": 1.2,
        },
      },
      {
        id: "district-names",
        type: "symbol",
        source: "town",
        maxzoom: 15,
        filter: ["==", ["get", "kind"], "place-name"],
        layout: {
          "text-field": ["get", "name"],
          "text-font": font,
          "text-size": 12,
          "text-letter-spacing": 0.06,
          visibility: tileUrl === null ? "visible" : "none",
        },
        paint: {
          "text-color": cssColour("--muted-foreground"),
          "text-halo-color": land,
          "text-halo-width": 1.5,
        },
      },
    ],
  };
}

/** The ground with the lights on it, gathered into clusters while they stand too close to tell apart. */
export function lightsStyle(
  options: BaseOptions,
  lights: GeoJSON.FeatureCollection<GeoJSON.Point>,
): StyleSpecification {
  const base = baseStyle(options);
  const colours = toneOrder.map((tone) => cssColour(`--state-${tone}`));
  const byTone = (property: string): ExpressionSpecification =>
    [
      "match",
      ["get", property],
      ...colours.slice(1).flatMap((colour, index) => [index + 1, colour]),
      colours[0],
    ] as unknown as ExpressionSpecification;
  const ring = cssColour("--surface");
  return {
    ...base,
    sources: {
      ...base.sources,
      [lightsSource]: {
        type: "geojson",
        data: lights,
        cluster: true,
        clusterRadius: clusterRadiusPixels,
        clusterMaxZoom: clusterZoomMax,
        clusterProperties: { worst: ["max", ["get", "tone"]] },
      },
    },
    layers: [
      ...base.layers,
      {
        id: lightLayer,
        type: "circle",
        source: lightsSource,
        filter: ["!", ["has", "point_count"]],
        paint: {
          "circle-color": byTone("tone"),
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 4, 15, 6, 18, 9],
          "circle-stroke-color": ring,
          "circle-stroke-width": 1.5,
        },
      },
      {
        id: "light-signs",
        type: "symbol",
        source: lightsSource,
        minzoom: 13,
        filter: ["all", ["!", ["has", "point_count"]], ["!=", ["get", "sign"], ""]],
        layout: {
          "text-field": ["get", "sign"],
          "text-font": font,
          "text-size": ["interpolate", ["linear"], ["zoom"], 13, 9, 18, 14],
          "text-allow-overlap": true,
          "text-ignore-placement": true,
        },
        paint: { "text-color": ring },
      },
      {
        id: clusterLayer,
        type: "circle",
        source: lightsSource,
        filter: ["has", "point_count"],
        paint: {
          "circle-color": byTone("worst"),
          "circle-radius": ["step", ["get", "point_count"], 13, 10, 16, 100, 20, 1000, 25],
          "circle-stroke-color": ring,
          "circle-stroke-width": 2,
        },
      },
      {
        id: "cluster-counts",
        type: "symbol",
        source: lightsSource,
        filter: ["has", "point_count"],
        layout: {
          "text-field": ["get", "point_count_abbreviated"],
          "text-font": font,
          "text-size": 12,
          "text-allow-overlap": true,
          "text-ignore-placement": true,
        },
        paint: { "text-color": ring },
      },
    ],
  };
}

function streets(id: string, colour: string, extra: number) {
  const isMain: ExpressionSpecification = ["==", ["get", "kind"], "main-street"];
  return {
    id,
    type: "line" as const,
    source: "town",
    filter: ["match", ["get", "kind"], ["street", "main-street"], true, false] as ExpressionSpecification,
    layout: { "line-cap": "round" as const, "line-join": "round" as const },
    paint: {
      "line-color": colour,
      "line-width": [
        "interpolate",
        ["exponential", 1.6],
        ["zoom"],
        11,
        ["case", isMain, 2 + extra, 0.6 + extra / 2],
        15,
        ["case", isMain, 7 + extra, 4 + extra],
        18,
        ["case", isMain, 22 + extra, 14 + extra],
      ] as ExpressionSpecification,
    },
  };
}

function hostOf(tileUrl: string): string {
  return URL.canParse(tileUrl) ? new URL(tileUrl).host : tileUrl;
}
