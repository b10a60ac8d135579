import type { DeviceCondition, DeviceField, DeviceQuery } from "@lamplighter/campaigns/device-query";
import { valueWord } from "./value-word";

/** How the list is looked at, beside which lights are in it. */
export interface LightsView {
  readonly sort?: string;
}

/** Fields with a filter of their own, and the name of each in the address bar. The map and the list share them. */
export const filterFields = [
  "presence",
  "model",
  "hardwareRevision",
  "firmwareVersion",
  "district",
  "street",
  "feeder",
  "cell",
  "lamp",
  "endpoint",
] as const satisfies readonly DeviceField[];

export const fieldWords: Readonly<Record<DeviceField, string>> = {
  presence: "Presence",
  model: "Model",
  hardwareRevision: "Hardware",
  firmwareVersion: "Firmware",
  district: "District",
  street: "Street",
  feeder: "Feeder",
  cell: "Cell",
  lamp: "Lamp",
  endpoint: "Endpoint",
};

/**
 * A query as it stands in the address bar: `?q=text&group=…&model=A&model=B&model!=C`. One parameter per value, so that no
 * separator can collide with what a city calls its streets; an empty value means "not set".
 */
export function writeLightsQuery(query: DeviceQuery = {}, view: LightsView = {}): string {
  const search = new URLSearchParams();
  if (query.text) search.set("q", query.text);
  if (query.groupId) search.set("group", query.groupId);
  for (const condition of query.where ?? []) {
    const name = condition.operator === "is" ? condition.field : `${condition.field}!`;
    for (const value of condition.values) search.append(name, value);
  }
  if (view.sort) search.set("sort", view.sort);
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/** The reverse of {@link writeLightsQuery}; unknown parameters are left aside. */
export function readLightsQuery(search: URLSearchParams): DeviceQuery {
  const where: DeviceCondition[] = [];
  for (const field of filterFields) {
    const wanted = search.getAll(field);
    if (wanted.length > 0) where.push({ field, operator: "is", values: wanted });
    const unwanted = search.getAll(`${field}!`);
    if (unwanted.length > 0) where.push({ field, operator: "is-not", values: unwanted });
  }
  const text = search.get("q") ?? "";
  const groupId = search.get("group") ?? "";
  return { ...(text ? { text } : {}), ...(groupId ? { groupId } : {}), ...(where.length > 0 ? { where } : {}) };
}

/** The same query with one field's wanted values replaced; an empty list removes the condition. */
export function withValues(query: DeviceQuery, field: DeviceField, values: readonly string[]): DeviceQuery {
  const others = (query.where ?? []).filter((condition) => condition.field !== field || condition.operator !== "is");
  const where = values.length > 0 ? [...others, { field, operator: "is" as const, values }] : others;
  const { where: _, ...rest } = query;
  return where.length > 0 ? { ...rest, where } : rest;
}

/** What the query wants of one field. */
export function valuesOf(query: DeviceQuery, field: DeviceField): readonly string[] {
  return query.where?.find((condition) => condition.field === field && condition.operator === "is")?.values ?? [];
}

/** Shorthand for links: the lights of which one field is one of these values. */
export function lightsWhere(field: DeviceField, ...values: string[]): DeviceQuery {
  return { where: [{ field, operator: "is", values }] };
}

/** Whether the query leaves any light out. */
export function isNarrowed(query: DeviceQuery): boolean {
  return Boolean(query.text || query.groupId || (query.where && query.where.length > 0));
}

/** Says in words what the query asks, e.g. `Model is LX-200 or LX-300; text contains "elm"`. */
export function describeQuery(query: DeviceQuery): string {
  const parts: string[] = [];
  if (query.text) parts.push(`text contains “${query.text}”`);
  if (query.groupId) parts.push("in the chosen group");
  for (const condition of query.where ?? []) {
    const values = condition.values
      .map((value) => (value === "" ? "not set" : valueWord(condition.field, value)))
      .join(" or ");
    parts.push(`${fieldWords[condition.field]} ${condition.operator === "is" ? "is" : "is not"} ${values}`);
  }
  return parts.length === 0 ? "all lights" : parts.join("; ");
}
