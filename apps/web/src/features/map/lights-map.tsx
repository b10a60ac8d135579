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
  const shown = useRef({ points, colourBy, tileUrl });
  shown.current = { points, colourBy, tileUrl };
  const drawn = useRef<Drawn>({ look: "", points: undefined, colourBy, fitted: false, at: 0 });

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    if (!hasWebGl()) {
      listeners.current.onUnsupported();
      return;
    }
    let made: MapLibreMap | undefined;
    let left = false;
    loadMapLibre()
      .then((maplibre) => {
        if (left) return;
        const now = shown.current;
        const bounds = boundsOf(now.points ?? []);
        drawn.current = { ...now, look: lookOf(now.tileUrl), fitted: bounds !== undefined, at: performance.now() };
        made = new maplibre.Map({
          container: element,
          style: lightsStyle(now, featuresOf(now.points ?? [], now.colourBy)),
          ...(bounds ? { bounds, fitBoundsOptions: fitOptions } : { center: [0, 20], zoom: 1 }),
          maxPitch: 0,
          dragRotate: false,
          // Letters appear at once: fading them in keeps the machine busy for nothing.
          fadeDuration: 0,
          attributionControl: { compact: true },
        });
        made.touchZoomRotate.disableRotation();
        made.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
        made.addControl(new maplibre.ScaleControl({ maxWidth: 120 }), "bottom-left");
        made.getCanvas().setAttribute("aria-label", "Map of lights. Arrow keys move it, plus and minus zoom.");
        // Tells tests and measurements that everything is on the screen.
        made.on("idle", () => {
          if (made?.getSource(lightsSource) === undefined || !made.isSourceLoaded(lightsSource)) return;
          element.dataset.drawn = String(drawn.current.points?.length ?? 0);
        });
        answerClicks(made, (id) => listeners.current.onSelect(id));
        setMap(made);
      })
      .catch(() => listeners.current.onUnsupported());
    return () => {
      left = true;
      made?.remove();
      setMap(undefined);
    };
  }, []);

  // Colours are part of the style, so another theme is another style.
  useEffect(() => {
    if (map === undefined || resolvedTheme === undefined) return;
    // The theme's class is set in the same commit; its colours can be read in the next frame.
    const frame = requestAnimationFrame(() => {
      const look = lookOf(tileUrl);
      if (drawn.current.look === look) return;
      const now = shown.current;
      drawn.current = { ...drawn.current, ...now, look, at: performance.now() };
      map.setStyle(lightsStyle({ tileUrl }, featuresOf(now.points ?? [], now.colourBy)), { diff: false });
    });
    return () => cancelAnimationFrame(frame);
  }, [map, resolvedTheme, tileUrl]);

  // New points go into the running map, at most once a second; the first ones are looked at as a whole.
  useEffect(() => {
    if (map === undefined || points === undefined) return;
    if (!drawn.current.fitted) {
      const bounds = boundsOf(points);
      if (bounds) {
        drawn.current.fitted = true;
        map.fitBounds(bounds, fitOptions);
      }
    }
    if (drawn.current.points === points && drawn.current.colourBy === colourBy) return;
    const draw = () => {
      const source = map.getSource<GeoJSONSource>(lightsSource);
      if (source === undefined) {
        map.once("styledata", draw);
        return;
      }
      drawn.current = { ...drawn.current, points, colourBy, at: performance.now() };
      void source.setData(featuresOf(points, colourBy));
    };
    // Another colouring is somebody's click and is answered at once.
    const hurried = drawn.current.points === undefined || drawn.current.colourBy !== colourBy;
    const wait = hurried ? 0 : drawn.current.at + redrawMilliseconds - performance.now();
    const timer = setTimeout(draw, Math.max(0, wait));
    return () => {
      clearTimeout(timer);
      map.off("styledata", draw);
    };
  }, [map, points, colourBy]);
  useSelectedMarker(map, points, selectedId);

  return <div ref={container} className="size-full" data-testid="lights-map" data-lights={points?.length ?? 0} />;
}

/** What the renderer was last given. */
interface Drawn {
  readonly look: string;
  readonly points: readonly MapPoint[] | undefined;
  readonly colourBy: ColourBy;
  fitted: boolean;
  readonly at: number;
}

/** What decides over the style: the theme whose colours can be read now, and the tiles. */
function lookOf(tileUrl: string | null): string {
  return `${document.documentElement.classList.contains("dark") ? "dark" : "light"} ${tileUrl ?? ""}`;
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
