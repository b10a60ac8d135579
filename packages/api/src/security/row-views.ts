import type { Credential, SecurityEvent } from "@lamplighter/db/generated/client";
import type { CredentialMode, CredentialPurpose, CredentialState } from "@lamplighter/db/prisma-credential-store";
import { deviceIds } from "../bootstrap/view.ts";
import type { Services } from "../context.ts";
import { instant } from "../inventory/device-view.ts";
import type { SecurityEventKind } from "./security-log.ts";
import type { SecurePeer } from "./services.ts";
import type { CredentialView, IdentityView, SecureSessionView, SecurityEventView } from "./view.ts";

/** An identity as people can read it: lights may say any bytes. */
export function identityView(bytes: Uint8Array): IdentityView {
  const text = Buffer.from(bytes).toString("utf8");
  // What is no UTF-8 comes out with U+FFFD; control characters would draw what they like on a screen.
  const isText = !/[\p{Cc}\ufffd]/u.test(text) && text !== "";
  return { text: isText ? text : null, hex: Buffer.from(bytes).toString("hex") };
}

/** Credentials for people, without their keys, with the names of who made them. */
export async function credentialViews(
  db: Services["db"],
  rows: readonly Omit<Credential, "sealedKey">[],
): Promise<CredentialView[]> {
  const people = await db.user.findMany({
    where: { id: { in: [...new Set(rows.map(({ createdBy }) => createdBy))] } },
    select: { id: true, name: true },
  });
  const names = new Map(people.map(({ id, name }) => [id, name]));
  return rows.map((row) => ({
    id: row.id,
    purpose: row.purpose as CredentialPurpose,
    mode: row.mode as CredentialMode,
    state: row.state as CredentialState,
    identity: row.identity ? identityView(row.identity) : null,
    source: row.source as CredentialView["source"],
    createdAt: row.createdAt.toISOString(),
    createdBy: names.get(row.createdBy) ?? row.createdBy,
    shownAt: instant(row.shownAt),
    lastHandshakeAt: instant(row.lastHandshakeAt),
    lastSuite: row.lastSuite,
    lastHasConnectionId: row.lastHasConnectionId,
  }));
}

export function sessionView(peer: SecurePeer): SecureSessionView {
  const { suite, hasConnectionId, isResumed, connectedAt, udpAddress, identity } = peer;
  return {
    ...{ suite, hasConnectionId, isResumed },
    connectedAt: connectedAt.toISOString(),
    address: udpAddress,
    identity: identityView(identity),
  };
}

export async function eventViews(db: Services["db"], rows: readonly SecurityEvent[]): Promise<SecurityEventView[]> {
  const endpoints = rows.flatMap(({ endpoint }) => (endpoint === null ? [] : [endpoint]));
  const ids = await deviceIds(db, endpoints);
  return rows.map((row) => ({
    seq: String(row.seq),
    at: row.at.toISOString(),
    lastAt: row.lastAt.toISOString(),
    kind: row.kind as SecurityEventKind,
    endpoint: row.endpoint,
    deviceId: ids.get(row.endpoint ?? "") ?? null,
    identity: row.identity ? identityView(row.identity) : null,
    address: row.address,
    detail: row.detail,
    count: row.count,
  }));
}
