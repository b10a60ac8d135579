"use client";
import "maplibre-gl/dist/maplibre-gl.css";
import type { GeoJSONSource, MapLayerMouseEvent, Map as MapLibreMap } from "maplibre-gl";
import { useTheme } from "next-themes";
import { useEffect, useRef, useState } from "react";
import { boundsOf, type ColourBy, featuresOf, type MapPoint } from "@/features/map/light-marks";
import { hasWebGl, loadMapLibre } from "@/features/map/load-maplibre";
import { clusterLayer, lightLayer, lightsSource, lightsStyle } from "@/features/map/map-style";

/** New positions and states are drawn at most this often. */
const redrawMilliseconds = 1_000;
const fitOptions = { padding: 48, maxZoom: 16, animate: false } as const;

/** Lights on a map. It owns the renderer; what it shows comes from outside. */
export function LightsMap({
  points,
  colourBy,
  tileUrl,
  selectedId,
  onSelect,
  onUnsupported,
}: {
  readonly points: readonly MapPoint[] | undefined;
  readonly colourBy: ColourBy;
  readonly tileUrl: string | null;
  readonly selectedId: string | null;
  readonly onSelect: (id: string | null) => void;
  readonly onUnsupported: () => void;
}) {
  const { resolvedTheme } = useTheme();
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibreMap>();
  const listeners = useRef({ onSelect, onUnsupported });
  listeners.current = { onSelect, onUnsupported };
  const shown = useRef({ points, colourBy });
  shown.current = { points, colourBy };

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    if (!hasWebGl()) {
      listeners.current.onUnsupported();
      return;
    }
    let made: MapLibreMap | undefined;
    let left = false;
    void loadMapLibre().then((maplibre) => {
      if (left) return;
      made = new maplibre.Map({
        container: element,
        style: { version: 8, sources: {}, layers: [] },
        center: [0, 20],
        zoom: 1,
        maxPitch: 0,
        dragRotate: false,
        attributionControl: { compact: true },
      });
      made.touchZoomRotate.disableRotation();
      made.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
      made.addControl(new maplibre.ScaleControl({ maxWidth: 120 }), "bottom-left");
      made.getCanvas().setAttribute("aria-label", "Map of lights. Arrow keys move it, plus and minus zoom.");
      // Tells tests and measurements that everything is on the screen.
      made.on("idle", () => {
        if (made?.getSource(lightsSource) === undefined || !made.isSourceLoaded(lightsSource)) return;
        element.dataset.drawn = String(shown.current.points?.length ?? 0);
      });
      answerClicks(made, (id) => listeners.current.onSelect(id));
      made.on("idle", () => {
        element.dataset.drawn = element.dataset.handed ?? "";
      });
      setMap(made);
    });
    return () => {
      left = true;
      made?.remove();
      setMap(undefined);
    };
  }, []);

  // Colours are part of the style, so another theme is another style.
  const theme = resolvedTheme ?? "light";
  useEffect(() => {
    if (map === undefined || theme === "") return;
    // The theme's class is set in the same commit; its colours can be read in the next frame.
    const frame = requestAnimationFrame(() => {
      const now = shown.current;
      map.setStyle(lightsStyle({ tileUrl }, featuresOf(now.points ?? [], now.colourBy)), { diff: false });
      noteHanded(map, now.points ?? []);
    });
    return () => cancelAnimationFrame(frame);
  }, [map, theme, tileUrl]);

  useDraw(map, points, colourBy);
  useSelectedMarker(map, points, selectedId);

  return <div ref={container} className="size-full" data-testid="lights-map" data-lights={points?.length ?? 0} />;
}

/** Puts new points into the running map, at most once a second, and looks at all of them the first time. */
function useDraw(map: MapLibreMap | undefined, points: readonly MapPoint[] | undefined, colourBy: ColourBy): void {
  const drawnAt = useRef(0);
  const fitted = useRef<MapLibreMap>(undefined);
  useEffect(() => {
    if (map === undefined || points === undefined) return;
    if (fitted.current !== map) {
      const bounds = boundsOf(points);
      if (bounds) {
        fitted.current = map;
        map.fitBounds(bounds, fitOptions);
      }
    }
    const draw = () => {
      const source = map.getSource<GeoJSONSource>(lightsSource);
      // Before the style is there it will be made with the points of that moment.
      if (source === undefined) return;
      drawnAt.current = performance.now();
      void source.setData(featuresOf(points, colourBy));
      noteHanded(map, points);
    };
    const wait = drawnAt.current + redrawMilliseconds - performance.now();
    if (wait <= 0) {
      draw();
      return;
    }
    const timer = setTimeout(draw, wait);
    return () => clearTimeout(timer);
  }, [map, points, colourBy]);
}

/**
 * Notes how many lights the renderer was handed; once it is idle, that many are drawn and the element says so in
 * `data-drawn`. A canvas tells nothing of itself, and tests and benchmarks have to know.
 */
function noteHanded(map: MapLibreMap, points: readonly MapPoint[]): void {
  map.getContainer().dataset.handed = String(points.length);
}

/** A ring around the chosen light, visible also while it is inside a cluster. */
function useSelectedMarker(
  map: MapLibreMap | undefined,
  points: readonly MapPoint[] | undefined,
  selectedId: string | null,
): void {
  const point = selectedId === null ? undefined : points?.find(([id]) => id === selectedId);
  const longitude = point?.[1];
  const latitude = point?.[2];
  useEffect(() => {
    if (map === undefined || longitude === undefined || latitude === undefined) return;
    const element = document.createElement("div");
    element.className = "size-6 rounded-full border-3 border-primary pointer-events-none";
    let remove: (() => void) | undefined;
    let left = false;
    void loadMapLibre().then(({ Marker }) => {
      if (left) return;
      const marker = new Marker({ element }).setLngLat([longitude, latitude]).addTo(map);
      element.setAttribute("role", "img");
      element.setAttribute("aria-label", "The chosen light");
      remove = () => marker.remove();
    });
    return () => {
      left = true;
      remove?.();
    };
  }, [map, longitude, latitude]);
}

function answerClicks(map: MapLibreMap, onSelect: (id: string | null) => void): void {
  map.on("click", (event) => {
    if (map.getLayer(lightLayer) === undefined) return;
    const reach = 6;
    const box: [[number, number], [number, number]] = [
      [event.point.x - reach, event.point.y - reach],
      [event.point.x + reach, event.point.y + reach],
    ];
    const [hit] = map.queryRenderedFeatures(box, { layers: [lightLayer, clusterLayer] });
    if (hit === undefined) {
      onSelect(null);
    } else if (hit.properties.cluster_id === undefined) {
      onSelect(String(hit.properties.id));
    } else {
      void openCluster(map, Number(hit.properties.cluster_id), (hit.geometry as GeoJSON.Point).coordinates);
    }
  });
  const pointer = (style: string) => (_: MapLayerMouseEvent) => {
    map.getCanvas().style.cursor = style;
  };
  for (const layer of [lightLayer, clusterLayer]) {
    map.on("mouseenter", layer, pointer("pointer"));
    map.on("mouseleave", layer, pointer(""));
  }
}

async function openCluster(map: MapLibreMap, clusterId: number, centre: GeoJSON.Position): Promise<void> {
  const source = map.getSource<GeoJSONSource>(lightsSource);
  const [longitude, latitude] = centre;
  if (source === undefined || longitude === undefined || latitude === undefined) return;
  const zoom = await source.getClusterExpansionZoom(clusterId);
  // Not essential: people who asked for less motion are taken there at once.
  map.easeTo({ center: [longitude, latitude], zoom });
}
