"use client";
import type { DeviceCondition, DeviceField, DeviceQuery } from "@lamplighter/campaigns/device-query";
import { parseAsNativeArrayOf, parseAsString, useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import { filterFields } from "@/lib/lights-query";
import type { RouterInputs } from "@/lib/trpc";

export type LightsSort = NonNullable<RouterInputs["device"]["list"]["sort"]>;

const many = parseAsNativeArrayOf(parseAsString);
const fieldParsers = Object.fromEntries(
  filterFields.flatMap((field) => [
    [field, many],
    [`${field}!`, many],
  ]),
) as Record<DeviceField | `${DeviceField}!`, typeof many>;
const parsers = { q: parseAsString, group: parseAsString, sort: parseAsString, ...fieldParsers };

const sortFields: readonly LightsSort["field"][] = [
  "endpoint",
  "name",
  "model",
  "firmwareVersion",
  "street",
  "lastSeenAt",
  "presence",
];

/** Which lights are looked at and in which order, as the address says; map and list read the same. */
export function useLightsUrl() {
  const [values, setValues] = useQueryStates(parsers);
  const query = useMemo(() => queryOf(values), [values]);
  const setQuery = useCallback((next: DeviceQuery) => void setValues(valuesOfQuery(next)), [setValues]);
  const sort = useMemo(() => sortOf(values.sort), [values.sort]);
  const setSort = useCallback(
    (next: LightsSort | undefined) => void setValues({ sort: next ? `${next.field}.${next.direction}` : null }),
    [setValues],
  );
  const input = useMemo(() => lightsPageInput(query, values.sort), [query, values.sort]);
  return { query, setQuery, sort, setSort, input };
}

/** Rows of one page of the list. */
const pageRows = 100;

/** What the list of lights asks for; `sort` as it stands in the address. */
export function lightsPageInput(query: DeviceQuery, sort: string | null) {
  const order = sortOf(sort);
  return { query, ...(order ? { sort: order } : {}), limit: pageRows };
}

type Values = { q: string | null; group: string | null; sort: string | null } & Record<
  DeviceField | `${DeviceField}!`,
  string[]
>;

function queryOf(values: Values): DeviceQuery {
  const where: DeviceCondition[] = [];
  for (const field of filterFields) {
    if (values[field].length > 0) where.push({ field, operator: "is", values: values[field] });
    if (values[`${field}!`].length > 0) where.push({ field, operator: "is-not", values: values[`${field}!`] });
  }
  return {
    ...(values.q ? { text: values.q } : {}),
    ...(values.group ? { groupId: values.group } : {}),
    ...(where.length > 0 ? { where } : {}),
  };
}

function valuesOfQuery(query: DeviceQuery) {
  const written: Record<string, string | string[] | null> = { q: query.text || null, group: query.groupId || null };
  for (const field of filterFields) {
    written[field] = null;
    written[`${field}!`] = null;
  }
  for (const { field, operator, values } of query.where ?? []) {
    written[operator === "is" ? field : `${field}!`] = [...values];
  }
  return written;
}

function sortOf(text: string | null): LightsSort | undefined {
  const [name, direction] = (text ?? "").split(".");
  const field = sortFields.find((candidate) => candidate === name);
  if (field === undefined || (direction !== "asc" && direction !== "desc")) return undefined;
  return { field, direction };
}
