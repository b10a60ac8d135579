import type { DeviceCondition, DeviceField, DeviceQuery, LampCondition } from "@lamplighter/campaigns/device-query";
import type { Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import { Problem } from "../problem.ts";

/** How many groups one after the other may find their lights by the next. Beyond, or in a ring, the query is refused. */
export const groupDepthMax = 5;

const neverEmpty: ReadonlySet<DeviceField> = new Set(["endpoint", "presence"]);

/** Turns a question about the inventory into a condition for the database. Throws {@link Problem} when a group is gone. */
export async function deviceWhere(
  db: PrismaClient,
  query: DeviceQuery | undefined,
  depth = 0,
): Promise<Prisma.DeviceWhereInput> {
  const all: Prisma.DeviceWhereInput[] = (query?.where ?? []).map(conditionWhere);
  const text = query?.text?.trim();
  if (text) {
    const contains = { contains: literally(text), mode: "insensitive" } as const;
    all.push({ OR: [{ endpoint: contains }, { name: contains }, { street: contains }] });
  }
  if (query?.groupId !== undefined) all.push(await groupWhere(db, query.groupId, depth));
  return all.length === 0 ? {} : { AND: all };
}

/** The lights of a group: its members, or whatever its saved query finds now. */
export async function groupWhere(db: PrismaClient, groupId: string, depth = 0): Promise<Prisma.DeviceWhereInput> {
  const group = await db.deviceGroup.findUnique({ where: { id: groupId } });
  if (!group) throw new Problem("not-found", "This group does not exist any more. Choose another group.");
  if (group.kind === "static") return { members: { some: { groupId } } };
  if (depth >= groupDepthMax) {
    throw new Problem("invalid-input", `The query of group "${group.name}" leads back to itself. Change that query.`);
  }
  return deviceWhere(db, group.query as unknown as DeviceQuery, depth + 1);
}

function conditionWhere(condition: DeviceCondition): Prisma.DeviceWhereInput {
  const { field, operator, values } = condition;
  if (field === "lamp") return lampWhere(condition);
  const named = values.filter((value) => value !== "");
  const mayBeEmpty = values.length > named.length && !neverEmpty.has(field);
  if (operator === "is") {
    const any: Prisma.DeviceWhereInput[] = [{ [field]: { in: named } }];
    if (mayBeEmpty) any.push({ [field]: null }, { [field]: "" });
    return { OR: any };
  }
  if (neverEmpty.has(field)) return { [field]: { notIn: named } };
  // SQL's "not in" says neither yes nor no about what is not set; a person who excludes a model means to keep those.
  return mayBeEmpty
    ? { AND: [{ [field]: { not: null } }, { [field]: { notIn: [...named, ""] } }] }
    : { OR: [{ [field]: null }, { [field]: { notIn: named } }] };
}

const failureSaid = { ok: false, failed: true } as const satisfies Record<LampCondition, boolean>;

/** The lamp's condition is kept as yes, no or unknown; a word that is none of ours is said of no light. */
function lampWhere({ operator, values }: DeviceCondition): Prisma.DeviceWhereInput {
  const wanted = new Set(values.map((value) => (value === "" ? null : failureSaid[value as LampCondition])));
  const said = [null, true, false].filter((value) => wanted.has(value) === (operator === "is"));
  // An empty OR would be no condition at all here.
  return said.length === 0 ? { id: { in: [] } } : { OR: said.map((lampFailure) => ({ lampFailure })) };
}

/** Takes the wildcards of LIKE for the characters they are. */
function literally(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
