import type * as MapLibre from "maplibre-gl";

let loading: Promise<typeof MapLibre> | undefined;

/** Fetches the map renderer when the first map is shown: it is too large for every page. */
export function loadMapLibre(): Promise<typeof MapLibre> {
  loading ??= import("maplibre-gl").then(
    (maplibre) => {
      // The renderer looks for its worker beside its own file, which bundling moves.
      maplibre.setWorkerUrl(new URL("maplibre-gl/dist/maplibre-gl-worker.mjs", import.meta.url).href);
      return maplibre;
    },
    (error: unknown) => {
      // The next map may try again.
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** Whether this browser can draw the map at all. */
export function hasWebGl(): boolean {
  const canvas = document.createElement("canvas");
  return canvas.getContext("webgl2") !== null;
}
