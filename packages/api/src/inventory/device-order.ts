import type { Device, Prisma } from "@lamplighter/db/generated/client";
import { Problem } from "../problem.ts";

export const sortFields = ["endpoint", "name", "model", "firmwareVersion", "street", "lastSeenAt", "presence"] as const;
export type SortField = (typeof sortFields)[number];
export interface DeviceSort {
  readonly field: SortField;
  readonly direction: "asc" | "desc";
}

const alwaysSet: readonly SortField[] = ["endpoint", "presence"];

/** The order of a list of lights: what is not set comes last, and the id decides between equals. */
export function orderBy({ field, direction }: DeviceSort): Prisma.DeviceOrderByWithRelationInput[] {
  const first = alwaysSet.includes(field) ? { [field]: direction } : { [field]: { sort: direction, nulls: "last" } };
  return [first, { id: "asc" }];
}

/**
 * The condition "comes after this light in that order". A place in the order, not a count of rows: lights that appear
 * or go while somebody scrolls make nothing appear twice or be skipped.
 */
export function afterCursor({ field, direction }: DeviceSort, cursor: DeviceCursor): Prisma.DeviceWhereInput {
  const { id } = cursor;
  const isInstant = field !== "lastSeenAt" || cursor.value === null || !Number.isNaN(Date.parse(cursor.value));
  if (!isInstant || (cursor.value === null && alwaysSet.includes(field))) {
    throw new Problem("invalid-input", "This page marker is not one of ours. Start again at the first page.");
  }
  const value = field === "lastSeenAt" && cursor.value !== null ? new Date(cursor.value) : cursor.value;
  if (value === null) return { [field]: null, id: { gt: id } };
  const later: Prisma.DeviceWhereInput[] = [
    { [field]: { [direction === "asc" ? "gt" : "lt"]: value } },
    { [field]: value, id: { gt: id } },
  ];
  if (!alwaysSet.includes(field)) later.push({ [field]: null });
  return { OR: later };
}

export interface DeviceCursor {
  readonly id: string;
  readonly value: string | null;
}

export function cursorAt({ field }: DeviceSort, device: Device): DeviceCursor {
  const value = device[field];
  return { id: device.id, value: value instanceof Date ? value.toISOString() : value };
}
