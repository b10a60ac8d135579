import type { Presence } from "@lamplighter/campaigns/device-query";
import type { JobState } from "@lamplighter/campaigns/job";
import type { Tone } from "@/ui/badge";
import { jobLooks, presenceLooks } from "../../lib/status";

/** What the colours of the map speak of. */
export type ColourBy = "presence" | "update";

/** A light as the API sends it for the map. */
export type MapPoint = readonly [
  id: string,
  longitude: number,
  latitude: number,
  presence: Presence,
  lampLevel: number | null,
  jobState: JobState | null,
  label: string,
];

/** Tones from harmless to alarming: a cluster takes the worst of its lights. */
export const toneOrder = ["good", "idle", "busy", "wait", "lost", "bad"] as const satisfies readonly Tone[];
export type MapTone = (typeof toneOrder)[number];

/** One kind of light on the map: its word, its tone, and a sign that can be told apart without colour. */
export interface Mark {
  readonly key: string;
  readonly word: string;
  readonly tone: MapTone;
  readonly sign: string;
}

const presenceSigns: Readonly<Record<Presence, string>> = {
  online: "",
  sleeping: "z",
  offline: "×",
  pending: "?",
  never: "–",
};

const jobSigns: Readonly<Record<JobState, string>> = {
  planned: "·",
  queued: "…",
  skipped: "»",
  preparing: "↓",
  downloading: "↓",
  downloaded: "↓",
  installing: "↻",
  "awaiting-return": "↻",
  verifying: "↻",
  succeeded: "✓",
  failed: "!",
  "rolled-back": "↩",
  lost: "?",
  cancelled: "–",
  expired: "–",
};

const noJob: Mark = { key: "none", word: "No update", tone: "idle", sign: "" };

export function markOf(point: MapPoint, by: ColourBy): Mark {
  if (by === "presence") {
    const presence = point[3];
    const look = presenceLooks[presence];
    return { key: presence, word: look.word, tone: toneOf(look.tone), sign: presenceSigns[presence] };
  }
  const state = point[5];
  if (state === null) return noJob;
  const look = jobLooks[state];
  return { key: state, word: look.word, tone: toneOf(look.tone), sign: jobSigns[state] };
}

function toneOf(tone: Tone): MapTone {
  return tone === "outline" ? "idle" : tone;
}

/** How many lights of each kind there are, in the order from alarming to harmless. */
export function countMarks(
  points: readonly MapPoint[],
  by: ColourBy,
): readonly { readonly mark: Mark; readonly lights: number }[] {
  const counted = new Map<string, { readonly mark: Mark; lights: number }>();
  for (const point of points) {
    const mark = markOf(point, by);
    const entry = counted.get(mark.key);
    if (entry) entry.lights += 1;
    else counted.set(mark.key, { mark, lights: 1 });
  }
  return [...counted.values()].sort((a, b) => toneOrder.indexOf(b.mark.tone) - toneOrder.indexOf(a.mark.tone));
}

/** The lights as the renderer takes them: only numbers and short words, because ten thousand of them are copied to its worker. */
export function featuresOf(points: readonly MapPoint[], by: ColourBy): GeoJSON.FeatureCollection<GeoJSON.Point> {
  return {
    type: "FeatureCollection",
    features: points.map((point) => {
      const mark = markOf(point, by);
      return {
        type: "Feature",
        geometry: { type: "Point", coordinates: [point[1], point[2]] },
        properties: { id: point[0], tone: toneOrder.indexOf(mark.tone), sign: mark.sign },
      };
    }),
  };
}

/** The rectangle that holds all lights; undefined when there is none. */
export function boundsOf(
  points: readonly MapPoint[],
): [west: number, south: number, east: number, north: number] | undefined {
  if (points.length === 0) return undefined;
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const [, longitude, latitude] of points) {
    west = Math.min(west, longitude);
    east = Math.max(east, longitude);
    south = Math.min(south, latitude);
    north = Math.max(north, latitude);
  }
  return [west, south, east, north];
}
