import { type InstanceNode, instance, type ObjectNode, object, single } from "@lamplighter/lwm2m/node";
import { boolean, integer, opaque, text } from "@lamplighter/lwm2m/value";
import type { Address } from "@lamplighter/runtime/datagram";
import type { LightProof } from "./secure-links.ts";

/** Objects 0, 1 and 2 of a light: with whom it speaks, and who may do what. They survive without power. */
export type Accounts = ReadonlyMap<number, ReadonlyMap<number, InstanceNode>>;

/** A server that a light can register with: an instance of object 1 and the one of object 0 that belongs to it. */
export interface ServerAccount {
  readonly address: Address;
  /** What it proves itself with over DTLS; absent where it speaks in the clear. */
  readonly proof?: LightProof;
  readonly shortServerId: number;
  /** Its instance of object 1. */
  readonly instance: number;
  readonly lifetimeSeconds: number;
  readonly pminDefault: number;
  readonly pmaxDefault: number;
}

/** Objects that hold accounts. */
export const accountObjects: readonly number[] = [0, 1, 2];

export function accountsOf(objects: readonly ObjectNode[]): Accounts {
  return new Map(objects.map((node) => [node.object, node.instances]));
}

/** Accounts of a light that knows one server, over DTLS if it has something to prove, and no bootstrap server. */
export function accountsWith(server: Address, lifetimeSeconds: number, proof?: LightProof): Accounts {
  return accountsOf([
    object(0, [
      instance(0, [
        single(0, text(`${proof ? "coaps" : "coap"}://${server}`)),
        single(1, boolean(false)),
        single(2, integer(proof ? 0 : 3)),
        single(3, opaque(proof?.identity ?? new Uint8Array())),
        single(4, opaque(new Uint8Array())),
        single(5, opaque(proof?.key ?? new Uint8Array())),
        single(10, integer(1)),
      ]),
    ]),
    object(1, [
      instance(0, [
        single(0, integer(1)),
        single(1, integer(lifetimeSeconds)),
        single(6, boolean(false)),
        single(7, text("U")),
      ]),
    ]),
  ]);
}

/** The account of the bootstrap server, if there is one: the instance of object 0 that says so. */
export function bootstrapAccountOf(accounts: Accounts): ({ readonly instance: number } & Place) | undefined {
  for (const [number, node] of accounts.get(0) ?? []) {
    const place = placeOf(node);
    if (resourceValue(node, 1) === true && place) return { instance: number, ...place };
  }
  return undefined;
}

/** Every server that a light can register with, in the order of their short server ids. */
export function serverAccountsOf(accounts: Accounts): readonly ServerAccount[] {
  const found: ServerAccount[] = [];
  for (const [number, server] of accounts.get(1) ?? []) {
    const shortServerId = Number(resourceValue(server, 0));
    const security = securityOf(accounts, shortServerId);
    const place = security && placeOf(security);
    if (!place) continue;
    found.push({
      ...{ ...place, shortServerId, instance: number },
      lifetimeSeconds: Number(resourceValue(server, 1) ?? 86_400),
      pminDefault: Number(resourceValue(server, 2) ?? 0),
      pmaxDefault: Number(resourceValue(server, 3) ?? 0),
    });
  }
  return found.sort((a, b) => a.shortServerId - b.shortServerId);
}

/**
 * Whether a light could live with these accounts after a bootstrap (OMA TS Core 1.1 §6.1.7.6): it has a server, and each
 * instance of object 1 has what is mandatory and its counterpart in object 0.
 */
export function fitTogether(accounts: Accounts): boolean {
  const servers = [...(accounts.get(1)?.values() ?? [])];
  if (servers.length === 0 || serverAccountsOf(accounts).length !== servers.length) return false;
  const ids = servers.map((server) => resourceValue(server, 0));
  if (new Set(ids).size !== ids.length) return false;
  return servers.every((server) => [0, 1, 6, 7].every((resource) => resourceValue(server, resource) !== undefined));
}

/** What there is to prove to which server, by address: those behind DTLS. */
export function proofsOf(accounts: Accounts): ReadonlyMap<Address, LightProof> {
  const bootstrap = bootstrapAccountOf(accounts);
  const places = [...serverAccountsOf(accounts), ...(bootstrap ? [bootstrap] : [])];
  return new Map(places.flatMap(({ address, proof }) => (proof ? [[address, proof] as const] : [])));
}

/** Where a server is, and how to prove oneself there. */
interface Place {
  readonly address: Address;
  readonly proof?: LightProof;
}

/** Security Mode of object 0 (OMA TS Transport 1.1 §5.2.8): pre-shared key, and none. */
const [psk, noSec] = [0n, 3n];

/**
 * Where an instance of object 0 leads: `coap://192.0.2.1:5683` without security, `coaps://…` with a pre-shared key.
 * Undefined for an account that this light cannot use.
 */
function placeOf(node: InstanceNode): Place | undefined {
  const uri = resourceValue(node, 0);
  const [, scheme, host, port] =
    (typeof uri === "string" && /^(coaps?):\/\/([^/?#]+?)(?::(\d{1,5}))?\/?$/.exec(uri)) || [];
  if (host === undefined) return undefined;
  const isSecure = scheme === "coaps";
  const address = `${host}:${port ?? (isSecure ? 5_684 : 5_683)}`;
  const mode = resourceValue(node, 2);
  if (!isSecure) return mode === noSec ? { address } : undefined;
  const [identity, key] = [resourceValue(node, 3), resourceValue(node, 5)];
  const isProof = identity instanceof Uint8Array && key instanceof Uint8Array && identity.length > 0 && key.length > 0;
  return mode === psk && isProof ? { address, proof: { identity, key } } : undefined;
}

/** The short server id that an instance of object 0 or 1 belongs to; undefined for a bootstrap account. */
export function shortServerIdOf(objectId: number, node: InstanceNode): number | undefined {
  const id = objectId === 0 ? resourceValue(node, 10) : objectId === 1 ? resourceValue(node, 0) : undefined;
  return typeof id === "bigint" && resourceValue(node, 1) !== true ? Number(id) : undefined;
}

function securityOf(accounts: Accounts, shortServerId: number): InstanceNode | undefined {
  for (const node of accounts.get(0)?.values() ?? []) {
    if (shortServerIdOf(0, node) === shortServerId) return node;
  }
  return undefined;
}

function resourceValue(node: InstanceNode, resource: number) {
  const found = node.resources.get(resource);
  return found?.kind === "single" ? found.value.value : undefined;
}
