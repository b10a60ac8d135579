import { Prisma } from "@lamplighter/db/generated/client";
import { type CredentialMode, credentialModes } from "@lamplighter/db/prisma-credential-store";
import { z } from "zod";
import { packCursor, splitPage, unpackCursor } from "../cursor.ts";
import { page } from "../input/page.ts";
import { search } from "../input/text.ts";
import { instant } from "../inventory/device-view.ts";
import { needs } from "../procedure.ts";
import type { Page } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { identityView } from "./row-views.ts";
import type { SecurityLightRow } from "./view.ts";

const place = z.object({ after: z.string().max(255) });

interface Row {
  readonly endpoint: string;
  readonly deviceId: string | null;
  readonly name: string | null;
  readonly mode: string | null;
  readonly state: string | null;
  readonly identity: Uint8Array | null;
  readonly lastHandshakeAt: Date | null;
  readonly lastSuite: string | null;
  readonly lastHasConnectionId: boolean | null;
  readonly rotatingSince: Date | null;
  readonly hasBootstrap: boolean;
  readonly authenticated: boolean | null;
  readonly total: bigint;
}

/** Lights and what they prove themselves with, by endpoint name: those of the inventory, and those that only have a key so far. */
export const lightsSecurity = needs("security.read")
  .input(
    z.object({
      /** `protected`: a key or a certificate. `bootstrap`: nothing but a credential for the bootstrap server. `none`: not even that. */
      mode: z.enum([...credentialModes, "protected", "bootstrap", "none"]).optional(),
      /** `pending`: a new key waits for its first use. */
      state: z.enum(["active", "pending", "none"]).optional(),
      registered: z.enum(["secure", "clear", "no"]).optional(),
      search: search.optional(),
      ...page,
    }),
  )
  .query(async ({ ctx: { db, actor }, input }): Promise<Page<SecurityLightRow>> => {
    const { cursor, limit } = input;
    const after = cursor === undefined ? "" : unpackCursor(cursor, place).after;
    const rows = await db.$queryRaw<Row[]>`
      WITH light AS (
        SELECT "endpoint" FROM "Device"
        UNION SELECT "endpoint" FROM "Credential" WHERE "state" <> 'retired'
      ), found AS (
        SELECT light."endpoint", d."id" AS "deviceId", d."name",
          COALESCE(a."mode", p."mode") AS "mode", COALESCE(a."state", p."state") AS "state",
          COALESCE(a."identity", p."identity") AS "identity",
          a."lastHandshakeAt", a."lastSuite", a."lastHasConnectionId",
          CASE WHEN a."id" IS NOT NULL THEN p."createdAt" END AS "rotatingSince",
          b."id" IS NOT NULL AS "hasBootstrap", r."authenticated", p."id" IS NOT NULL AS "waits"
        FROM light
        LEFT JOIN "Device" d ON d."endpoint" = light."endpoint"
        LEFT JOIN "Credential" a ON a."endpoint" = light."endpoint" AND a."purpose" = 'server' AND a."state" = 'active'
        LEFT JOIN "Credential" p ON p."endpoint" = light."endpoint" AND p."purpose" = 'server' AND p."state" = 'pending'
        LEFT JOIN "Credential" b ON b."endpoint" = light."endpoint" AND b."purpose" = 'bootstrap' AND b."state" = 'active'
        LEFT JOIN "Registration" r ON r."endpoint" = light."endpoint" AND r."account" = 'default'
      )
      SELECT *, (SELECT count(*) FROM found WHERE ${narrowed(input)}) AS "total"
      FROM found WHERE ${narrowed(input)} AND "endpoint" > ${after}
      ORDER BY "endpoint" LIMIT ${limit + 1}`;
    const { shown, last } = splitPage(rows, limit);
    const visible = await db.device.findMany({
      where: { AND: [visibleTo(actor).devices, { id: { in: shown.flatMap(({ deviceId }) => deviceId ?? []) } }] },
      select: { id: true },
    });
    const seen = new Set(visible.map(({ id }) => id));
    return {
      items: shown.filter(({ deviceId }) => deviceId === null || seen.has(deviceId)).map(viewOf),
      nextCursor: last ? packCursor({ after: last.endpoint }) : null,
      total: Number(rows[0]?.total ?? 0),
    };
  });

function narrowed(input: {
  readonly mode?: string | undefined;
  readonly state?: string | undefined;
  readonly registered?: string | undefined;
  readonly search?: string | undefined;
}): Prisma.Sql {
  const { mode, state, registered, search } = input;
  const conditions = [Prisma.sql`TRUE`];
  if (mode === "none") conditions.push(Prisma.sql`"mode" IS NULL AND NOT "hasBootstrap"`);
  else if (mode === "bootstrap") conditions.push(Prisma.sql`"mode" IS NULL AND "hasBootstrap"`);
  else if (mode === "protected") conditions.push(Prisma.sql`"state" = 'active' AND "mode" <> 'no-sec'`);
  else if (mode !== undefined) conditions.push(Prisma.sql`"mode" = ${mode}`);
  if (state === "pending") conditions.push(Prisma.sql`"waits"`);
  else if (state === "none") conditions.push(Prisma.sql`"state" IS NULL`);
  else if (state !== undefined) conditions.push(Prisma.sql`"state" = ${state}`);
  if (registered === "secure") conditions.push(Prisma.sql`"authenticated"`);
  else if (registered === "clear") conditions.push(Prisma.sql`NOT "authenticated"`);
  else if (registered === "no") conditions.push(Prisma.sql`"authenticated" IS NULL`);
  if (search) {
    const like = `%${search.replaceAll(/[\\%_]/g, "\\$&")}%`;
    // The escape form is the text itself where an identity is printable ASCII without a backslash, as nearly all are.
    const identity = Prisma.sql`encode("identity", 'escape') ILIKE ${like}`;
    conditions.push(Prisma.sql`("endpoint" ILIKE ${like} OR "name" ILIKE ${like} OR ${identity})`);
  }
  return Prisma.join(conditions, " AND ");
}

function viewOf(row: Row): SecurityLightRow {
  return {
    endpoint: row.endpoint,
    deviceId: row.deviceId,
    name: row.name,
    mode: (row.mode as CredentialMode | null) ?? "none",
    state: (row.state as "active" | "pending" | null) ?? "none",
    identity: row.identity ? identityView(row.identity) : null,
    lastHandshakeAt: instant(row.lastHandshakeAt),
    lastSuite: row.lastSuite,
    lastHasConnectionId: row.lastHasConnectionId,
    rotatingSince: instant(row.rotatingSince),
    hasBootstrapCredential: row.hasBootstrap,
    registered: row.authenticated === null ? null : row.authenticated ? "secure" : "clear",
  };
}
