"use client";
import "maplibre-gl/dist/maplibre-gl.css";
import type { Map as MapLibreMap, Marker } from "maplibre-gl";
import { useTheme } from "next-themes";
import { useEffect, useRef, useState } from "react";
import { hasWebGl, loadMapLibre } from "@/features/map/load-maplibre";
import { baseStyle } from "@/features/map/map-style";

const placeZoom = 15;

/** A small map with one light on it. With `onPlace` a click, or dragging the mark, moves it. */
export function PlaceMap({
  longitude,
  latitude,
  tileUrl,
  onPlace,
}: {
  readonly longitude: number | null;
  readonly latitude: number | null;
  readonly tileUrl: string | null;
  readonly onPlace?: ((longitude: number, latitude: number) => void) | undefined;
}) {
  const { resolvedTheme } = useTheme();
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibreMap>();
  const [supported, setSupported] = useState(true);
  const marker = useRef<Marker>(undefined);
  const place = useRef(onPlace);
  place.current = onPlace;
  const start = useRef({ longitude, latitude });

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    if (!hasWebGl()) {
      setSupported(false);
      return;
    }
    let made: MapLibreMap | undefined;
    let left = false;
    void loadMapLibre().then((maplibre) => {
      if (left) return;
      const { longitude: startLongitude, latitude: startLatitude } = start.current;
      const placed = startLongitude !== null && startLatitude !== null;
      made = new maplibre.Map({
        container: element,
        style: { version: 8, sources: {}, layers: [] },
        center: placed ? [startLongitude, startLatitude] : [0, 20],
        zoom: placed ? placeZoom : 1,
        maxPitch: 0,
        dragRotate: false,
        cooperativeGestures: true,
        attributionControl: { compact: true },
      });
      made.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
      made.getCanvas().setAttribute("aria-label", "Map of the light's place");
      made.on("click", (event) => place.current?.(event.lngLat.lng, event.lngLat.lat));
      setMap(made);
    });
    return () => {
      left = true;
      made?.remove();
      marker.current = undefined;
      setMap(undefined);
    };
  }, []);

  const theme = resolvedTheme ?? "light";
  useEffect(() => {
    if (map === undefined || theme === "") return;
    const frame = requestAnimationFrame(() => map.setStyle(baseStyle({ tileUrl }), { diff: false }));
    return () => cancelAnimationFrame(frame);
  }, [map, theme, tileUrl]);

  const movable = onPlace !== undefined;
  useEffect(() => {
    if (map === undefined) return;
    if (longitude === null || latitude === null) {
      marker.current?.remove();
      marker.current = undefined;
      return;
    }
    void loadMapLibre().then((maplibre) => {
      if (marker.current === undefined) {
        const element = document.createElement("div");
        element.className =
          "size-4 rounded-full border-2 border-surface bg-primary shadow-md ring-2 ring-foreground/60";
        marker.current = new maplibre.Marker({ element }).setLngLat([longitude, latitude]).addTo(map);
        element.setAttribute("role", "img");
        element.setAttribute("aria-label", "The light");
        marker.current.on("dragend", () => {
          const at = marker.current?.getLngLat();
          if (at) place.current?.(at.lng, at.lat);
        });
      }
      marker.current.setLngLat([longitude, latitude]).setDraggable(movable);
      if (!map.getBounds().contains([longitude, latitude]))
        map.jumpTo({ center: [longitude, latitude], zoom: placeZoom });
    });
  }, [map, longitude, latitude, movable]);

  if (!supported) {
    return (
      <p className="p-4 text-sm text-muted-foreground">The map needs WebGL 2, which this browser does not have.</p>
    );
  }
  return <div ref={container} className="size-full" />;
}
