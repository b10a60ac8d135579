/**
 * A question about the inventory, as data. The same shape serves list filters, saved groups, campaign targets and
 * access scopes, so that "these lights" means the same everywhere. This file has no imports: the console reads it too.
 */
export interface DeviceQuery {
  /** Found in endpoint, name or street, whatever the case. */
  readonly text?: string;
  /** All must hold. At most {@link conditionsMax}. */
  readonly where?: readonly DeviceCondition[];
  /** Members of this group (a static group's members, or a saved query's). */
  readonly groupId?: string;
}

export interface DeviceCondition {
  readonly field: DeviceField;
  readonly operator: "is" | "is-not";
  /** At most {@link valuesMax}; "is" means any of them, "is-not" none of them. "" means "not set". */
  readonly values: readonly string[];
}

export const deviceFields = [
  "model",
  "hardwareRevision",
  "firmwareVersion",
  "district",
  "street",
  "feeder",
  "cell",
  "presence",
  "lamp",
  "endpoint",
] as const;
export type DeviceField = (typeof deviceFields)[number];

/** What we know of a light's presence. `pending` waits for a person to accept it; `never` was imported but not seen yet. */
export type Presence = "online" | "sleeping" | "offline" | "pending" | "never";

/** What a light says of its lamp; "" (not set) is a light that has not said. */
export const lampConditions = ["ok", "failed"] as const;
export type LampCondition = (typeof lampConditions)[number];

export const conditionsMax = 20;
export const valuesMax = 200;
