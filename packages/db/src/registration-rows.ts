import type { Registration } from "@lamplighter/lwm2m/registration";
import { fromInstant, toInstant } from "./postgres-types.ts";

/** A registration as its table has it. */
export interface RegistrationRow {
  readonly id: string;
  readonly account: string;
  readonly endpoint: string;
  readonly version: string;
  readonly lifetimeSeconds: number;
  readonly binding: string;
  readonly queueMode: boolean;
  readonly smsNumber: string | null;
  readonly address: string;
  readonly rootPath: string[];
  readonly objects: Registration["objects"];
  readonly contentFormats: number[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly registeredAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date | null;
  readonly pending: boolean;
  readonly authenticated: boolean;
}

export function toRegistration(row: RegistrationRow): Registration {
  const { smsNumber, authenticated, ...rest } = row;
  return {
    ...rest,
    ...(smsNumber === null ? {} : { smsNumber }),
    // Over a restart too: what was registered by proof is not to be touched by somebody who proves nothing.
    ...(authenticated && { authenticated }),
    version: row.version as Registration["version"],
    registeredAt: fromInstant(row.registeredAt),
    lastSeenAt: fromInstant(row.lastSeenAt),
    expiresAt: fromInstant(row.expiresAt) ?? Number.POSITIVE_INFINITY,
  };
}

/** One array per column, as {@link saveRegistrations} takes them. */
export function registrationColumns(registrations: readonly Registration[]): unknown[] {
  const column = <T>(pick: (registration: Registration) => T): T[] => registrations.map(pick);
  return [
    column((r) => r.id),
    column((r) => r.account),
    column((r) => r.endpoint),
    column((r) => r.version),
    column((r) => r.lifetimeSeconds),
    column((r) => r.binding),
    column((r) => r.queueMode),
    column((r) => r.smsNumber ?? null),
    column((r) => r.address),
    column((r) => arrayLiteral(r.rootPath)),
    column((r) => JSON.stringify(r.objects)),
    column((r) => arrayLiteral(r.contentFormats.map(String))),
    column((r) => JSON.stringify(r.attributes)),
    column((r) => toInstant(r.registeredAt)),
    column((r) => toInstant(r.lastSeenAt)),
    column((r) => toInstant(r.expiresAt)),
    column((r) => r.pending),
    column((r) => r.authenticated ?? false),
  ];
}

/** PostgreSQL cannot unnest arrays of arrays of unequal length, so the inner ones travel as text. */
function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}

const columns = `"id", "account", "endpoint", "version", "lifetimeSeconds", "binding", "queueMode", "smsNumber", "address",
  "rootPath", "objects", "contentFormats", "attributes", "registeredAt", "lastSeenAt", "expiresAt", "pending",
  "authenticated"`;

export const loadRegistrations = `SELECT ${columns} FROM "Registration"`;

/**
 * Writes any number of registrations in one statement. An endpoint that registered anew takes its old row over, and
 * the observations that went with the old id end. $19 is the node that owns them.
 */
export const saveRegistrations = `
  WITH fresh AS (
    SELECT "id", "account", "endpoint", "version", "lifetimeSeconds", "binding", "queueMode", "smsNumber", "address",
      "rootPath"::text[], "objects"::jsonb, "contentFormats"::int[], "attributes"::jsonb,
      "registeredAt", "lastSeenAt", "expiresAt", "pending", "authenticated"
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::bool[], $8::text[], $9::text[],
      $10::text[], $11::text[], $12::text[], $13::text[], $14::timestamp[], $15::timestamp[], $16::timestamp[], $17::bool[],
      $18::bool[])
      AS given(${columns})
  ), ended AS (
    DELETE FROM "Observation" USING "Registration" AS old JOIN fresh USING ("account", "endpoint")
    WHERE "Observation"."registrationId" = old."id" AND old."id" <> fresh."id"
  )
  INSERT INTO "Registration" (${columns}, "node") SELECT fresh.*, $19 FROM fresh
  ON CONFLICT ("account", "endpoint") DO UPDATE SET
    "id" = EXCLUDED."id", "version" = EXCLUDED."version", "lifetimeSeconds" = EXCLUDED."lifetimeSeconds",
    "binding" = EXCLUDED."binding", "queueMode" = EXCLUDED."queueMode", "smsNumber" = EXCLUDED."smsNumber",
    "address" = EXCLUDED."address", "rootPath" = EXCLUDED."rootPath", "objects" = EXCLUDED."objects",
    "contentFormats" = EXCLUDED."contentFormats", "attributes" = EXCLUDED."attributes",
    "registeredAt" = EXCLUDED."registeredAt", "lastSeenAt" = EXCLUDED."lastSeenAt", "expiresAt" = EXCLUDED."expiresAt",
    "pending" = EXCLUDED."pending", "authenticated" = EXCLUDED."authenticated", "node" = EXCLUDED."node"`;

/** $1: ids. */
export const removeRegistrations = `
  WITH ended AS (DELETE FROM "Observation" WHERE "registrationId" = ANY($1))
  DELETE FROM "Registration" WHERE "id" = ANY($1)`;

/** $1 ids, $2 last seen, $3 expiry. */
export const refreshRegistrations = `
  UPDATE "Registration" SET "lastSeenAt" = fresh.seen, "expiresAt" = fresh.expiry
  FROM unnest($1::text[], $2::timestamp[], $3::timestamp[]) AS fresh(id, seen, expiry)
  WHERE "Registration"."id" = fresh.id`;

export const loadObservations = `
  SELECT "token", "registrationId", "Observation"."endpoint", "path", "accept"
  FROM "Observation" JOIN "Registration" ON "Registration"."id" = "registrationId"`;

/** An observation whose registration has gone meanwhile is not written: nothing would ever take it away again. */
export const saveObservations = `
  INSERT INTO "Observation" ("token", "registrationId", "endpoint", "path", "accept")
  SELECT fresh.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[])
    AS fresh(token, registration, endpoint, path, accept)
  WHERE EXISTS (SELECT FROM "Registration" WHERE "id" = fresh.registration)
  ON CONFLICT ("token") DO UPDATE SET "registrationId" = EXCLUDED."registrationId", "endpoint" = EXCLUDED."endpoint",
    "path" = EXCLUDED."path", "accept" = EXCLUDED."accept"`;

export const removeObservations = `DELETE FROM "Observation" WHERE "token" = ANY($1)`;
