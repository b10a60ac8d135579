import { checkAttributes, type NotificationAttributes } from "@lamplighter/lwm2m/notification-attributes";
import type { Path } from "@lamplighter/lwm2m/path";
import type { ResourceType } from "@lamplighter/lwm2m/value";

/** The versions of LwM2M that a light may speak. */
export type LightLwm2mVersion = "1.1" | "1.2";

const namesSince11 = ["pmin", "pmax", "epmin", "epmax", "gt", "lt", "st"] as const;
const namesOf = {
  "1.1": namesSince11,
  "1.2": [...namesSince11, "edge", "con", "hqmax"],
} as const satisfies Record<LightLwm2mVersion, readonly (keyof NotificationAttributes)[]>;

/** What is observed or has attributes set: its path, the type of what stands there, and the version that the light speaks. */
export interface AttributedPlace {
  readonly path: Path;
  /** Undefined for anything but one resource. */
  readonly type: ResourceType | undefined;
  readonly version: LightLwm2mVersion;
}

/**
 * Reads attributes from the query of a Write-Attributes, or of an Observe of 1.2, and merges them into what was set before
 * (OMA TS Core 1.2 §7.3.2). Undefined for a name or value that is none, one that comes twice, and what does not fit together.
 */
export function mergedAttributes(
  query: readonly string[],
  before: NotificationAttributes,
  { path, type, version }: AttributedPlace,
): NotificationAttributes | undefined {
  const read: Partial<Record<keyof NotificationAttributes, number | null>> = {};
  for (const part of query) {
    const [, name, value] = /^([a-z]+)(?:=(-?\d{1,15}(?:\.\d{1,10})?))?$/.exec(part) ?? [];
    const known = namesOf[version].find((each) => each === name);
    if (!known || known in read) return undefined;
    read[known] = value === undefined ? null : Number(value);
  }
  const merged = { ...before, ...read };
  if (checkAttributes(path, merged, { version, type }) !== undefined) return undefined;
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}
