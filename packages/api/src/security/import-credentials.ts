import { setImmediate as nextTurn } from "node:timers/promises";
import type { Credential, Prisma } from "@lamplighter/db/generated/client";
import {
  dropOldRetired,
  insertCredentials,
  retireCredentials,
  type StoredCredential,
} from "@lamplighter/db/prisma-credential-store";
import type { LineError } from "../inventory/import-line.ts";
import { type Audit, asRetired, rowOf } from "./change-credentials.ts";
import { bytesOf, textOf } from "./credential-index.ts";
import type { CredentialLine } from "./import-table.ts";
import type { SecurityStore } from "./security-store.ts";

/** Lines compared, and rows made and written, in one go: a few milliseconds, in which no light is heard. */
const chunk = 500;
const transactionMilliseconds = 120_000;

/** What a table would change. */
export interface ImportPlan {
  readonly added: readonly CredentialLine[];
  readonly replaced: readonly CredentialLine[];
  readonly unchanged: number;
  readonly errors: readonly LineError[];
}

/** Compares a table with what is stored, by what is in memory: keys are compared in constant time and never come out. */
export async function planImport(store: SecurityStore, lines: readonly CredentialLine[]): Promise<ImportPlan> {
  const added: CredentialLine[] = [];
  const replaced: CredentialLine[] = [];
  const errors: LineError[] = [];
  const there = new Set<CredentialLine>();
  for (const [at, line] of lines.entries()) {
    if (isThere(store, line)) there.add(line);
    if (at % chunk === 0) await nextTurn();
  }
  // An identity moves when the table gives its present owner another one.
  const changed = new Set(lines.filter((line) => !there.has(line)).map(placeOf));
  for (const line of lines) {
    const { endpoint, purpose, identity } = line;
    const owner = identity && store.index.withIdentity(purpose, identity);
    if (owner && owner.endpoint !== endpoint && !changed.has(placeOf(owner))) {
      errors.push({ line: line.line, column: "identity", message: `This identity belongs to ${owner.endpoint}.` });
      continue;
    }
    if (there.has(line)) continue;
    if (store.index.of(endpoint, purpose).length > 0) replaced.push(line);
    else added.push(line);
  }
  return { added, replaced, unchanged: there.size, errors };
}

const placeOf = ({ purpose, endpoint }: Pick<CredentialLine, "purpose" | "endpoint">) => `${purpose} ${endpoint}`;

function isThere(store: SecurityStore, { endpoint, purpose, mode, identity, key }: CredentialLine): boolean {
  const active = store.index.active(endpoint, purpose);
  if (!active || active.mode !== mode || active.identity !== (identity && textOf(identity))) return false;
  return key === undefined || store.hasKey(active, key);
}

/** Writes what a plan says, all of it or nothing, and takes it up. Resolves with the endpoints that have a credential now. */
export async function writeImport(
  store: SecurityStore,
  plan: ImportPlan,
  { createdBy, audit }: { readonly createdBy: string; readonly audit: Audit },
): Promise<void> {
  const { db, clock } = store.parts;
  const wanted = [...plan.added, ...plan.replaced];
  const former = plan.replaced.flatMap(({ endpoint, purpose }) => store.index.of(endpoint, purpose));
  const rows: Prisma.CredentialCreateManyInput[] = [];
  for (const [at, { line: _, ...line }] of wanted.entries()) {
    rows.push(rowOf(store, { ...line, source: "imported", createdBy, isShown: false }, "active"));
    if (at % chunk === 0) await nextTurn();
  }
  await db.$transaction(
    async (db) => {
      for (let at = 0; at < former.length; at += chunk) {
        const ids = former.slice(at, at + chunk).map(({ id }) => id);
        await retireCredentials(db, ids, clock.now());
      }
      for (let at = 0; at < rows.length; at += chunk) {
        await insertCredentials(db, rows.slice(at, at + chunk));
      }
      await audit(db);
    },
    { timeout: transactionMilliseconds },
  );
  const retired = former.map(({ identity, ...rest }) =>
    asRetired({ ...rest, identity: identity === undefined ? null : bytesOf(identity) } as unknown as Credential),
  );
  store.took([...retired, ...(rows as StoredCredential[])]);
  const endpoints = [...new Set(plan.replaced.map(({ endpoint }) => endpoint))];
  for (let at = 0; at < endpoints.length; at += chunk) await dropOldRetired(db, endpoints.slice(at, at + chunk));
}
