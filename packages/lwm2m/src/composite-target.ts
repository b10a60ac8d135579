import { seconds } from "@lamplighter/runtime/duration";
import type { CompositePath } from "./formats/record-name.ts";
import { MalformedInput } from "./malformed-input.ts";
import { formatPath, type Path, parsePath, pathSegments } from "./path.ts";

/** Several places that are asked about at once. */
export interface CompositeTarget {
  readonly kind: "composite";
  /** The paths in the order given, a space between each. */
  readonly key: string;
  readonly places: readonly CompositePath[];
}

export interface SingleTarget {
  readonly kind: "single";
  readonly key: string;
  readonly place: Path;
  readonly places: readonly [Path];
  /** The place as path segments of a request. */
  readonly segments: readonly string[];
  /** Attributes of this observation alone (LwM2M 1.2), as query parameters. */
  readonly query: readonly string[];
}

/** What an observation is about. */
export type ObservationTarget = SingleTarget | CompositeTarget;

/** How long a composite request may stay unanswered once it was acknowledged: the device's turn is taken meanwhile. */
export const compositePatience = seconds(20);
/** Paths in one composite request. More are refused. */
export const compositePathsMax = 64;

/**
 * Reads what an observation is about as it is written: one path, or several with a space between each, of which `/` is the
 * root. One path may bear attributes: `/3/0/9?pmin=10`. Throws {@link MalformedInput}.
 */
export function parseTarget(text: string): ObservationTarget {
  const paths = text.split(" ");
  if (paths.length > compositePathsMax) throw new MalformedInput("paths", `more than ${compositePathsMax}`);
  const [only] = paths;
  if (only !== undefined && paths.length === 1 && only !== "/") {
    const [path = "", query = ""] = only.split("?", 2);
    if (query !== "" && !/^[a-z]+(=[0-9.-]+)?(&[a-z]+(=[0-9.-]+)?)*$/.test(query)) {
      throw new MalformedInput("path", "its attributes are not ones");
    }
    return singleTarget(parsePath(path), query === "" ? [] : query.split("&"));
  }
  const places = paths.map((path): CompositePath => (path === "/" ? path : parsePath(path)));
  return {
    kind: "composite",
    key: places.map((place) => (place === "/" ? place : formatPath(place))).join(" "),
    places,
  };
}

/** One place, observed with attributes of its own or none. */
export function singleTarget(place: Path, query: readonly string[] = []): SingleTarget {
  const key = query.length === 0 ? formatPath(place) : `${formatPath(place)}?${query.join("&")}`;
  return { kind: "single", key, place, places: [place], segments: pathSegments(place), query };
}
