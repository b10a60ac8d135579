import {
  conditionsMax,
  type DeviceCondition,
  type DeviceField,
  type DeviceQuery,
} from "@lamplighter/campaigns/device-query";

/** A query with one more condition, still empty. Beyond the limit it stays as it is. */
export function addCondition(query: DeviceQuery, field: DeviceField): DeviceQuery {
  const where = query.where ?? [];
  return where.length >= conditionsMax ? query : { ...query, where: [...where, { field, operator: "is", values: [] }] };
}

/** Changes one condition. Another field starts without values: a district is no model. */
export function changeCondition(query: DeviceQuery, index: number, change: Partial<DeviceCondition>): DeviceQuery {
  const where = (query.where ?? []).map((before, at) => {
    if (at !== index) return before;
    const values = change.field && change.field !== before.field ? [] : before.values;
    return { ...before, values, ...change };
  });
  return { ...query, where };
}

export function removeCondition(query: DeviceQuery, index: number): DeviceQuery {
  const where = (query.where ?? []).filter((_, at) => at !== index);
  const { where: _, ...rest } = query;
  return where.length > 0 ? { ...rest, where } : rest;
}

export function changeText(query: DeviceQuery, text: string): DeviceQuery {
  const { text: _, ...rest } = query;
  return text.trim() === "" ? rest : { ...rest, text };
}

/** The query as the server shall read it: conditions that are still without values do not narrow anything. */
export function askable(query: DeviceQuery): DeviceQuery {
  const where = (query.where ?? []).filter(({ values }) => values.length > 0);
  const { where: _, ...rest } = query;
  return where.length > 0 ? { ...rest, where } : rest;
}

/** Rows that were begun and not finished, by index: a person who added a condition meant it. */
export function unfinishedConditions(query: DeviceQuery): readonly number[] {
  return (query.where ?? []).flatMap(({ values }, index) => (values.length === 0 ? [index] : []));
}
