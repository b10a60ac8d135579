import { invariant } from "@lamplighter/runtime/invariant";
import { type InstanceNode, instance, multiple, single } from "../node.ts";
import { boolean, integer, opaque, type ResourceValue, text } from "../value.ts";
import type { AccessControl, Credentials, SecurityAccount, ServerAccount } from "./configuration.ts";

/** Writes a security account as an instance of object 0. Server Public Key is there, empty, because it is mandatory. */
export function securityNode(id: number, account: SecurityAccount): InstanceNode {
  const { credentials, shortServerId, holdOffSeconds, accountTimeoutSeconds } = account;
  const { identity, key } = secretsOf(credentials);
  return instance(id, [
    single(0, text(account.uri)),
    single(1, boolean(account.isBootstrapServer)),
    single(2, integer(securityModes[credentials.mode])),
    single(3, opaque(identity)),
    single(4, opaque(new Uint8Array())),
    single(5, opaque(key)),
    ...some(10, shortServerId, integer),
    ...some(11, holdOffSeconds, integer),
    ...some(12, accountTimeoutSeconds, integer),
  ]);
}

/** Writes a server account as an instance of object 1. */
export function serverNode(id: number, account: ServerAccount): InstanceNode {
  return instance(id, [
    single(0, integer(account.shortServerId)),
    single(1, integer(account.lifetimeSeconds)),
    ...some(2, account.periodMinSeconds, integer),
    ...some(3, account.periodMaxSeconds, integer),
    ...some(5, account.disableTimeoutSeconds, integer),
    single(6, boolean(account.storesNotifications)),
    single(7, text(account.binding)),
  ]);
}

/** Writes who may do what as an instance of object 2. */
export function accessControlNode(id: number, entry: AccessControl): InstanceNode {
  const rights = new Map(entry.rights.map((each) => [each.shortServerId, integer(each.rights)]));
  return instance(id, [
    single(0, integer(entry.object)),
    single(1, integer(entry.instance)),
    multiple(2, rights),
    single(3, integer(entry.owner)),
  ]);
}

/** Security Mode of object 0: 1 and 2 are public keys and certificates. */
const securityModes: Readonly<Record<Credentials["mode"], number>> = { psk: 0, "psk-of-device": 0, "no-sec": 3 };

function secretsOf(credentials: Credentials): { identity: Uint8Array; key: Uint8Array } {
  if (credentials.mode === "no-sec") return { identity: new Uint8Array(), key: new Uint8Array() };
  invariant(credentials.mode === "psk", "a light's own key is looked up before its account is written");
  return {
    identity: identityBytes(credentials.identity),
    key: Uint8Array.from(credentials.key.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
  };
}

function identityBytes(identity: string | Uint8Array): Uint8Array {
  return typeof identity === "string" ? new TextEncoder().encode(identity) : identity;
}

function some(id: number, value: number | undefined, make: (value: number) => ResourceValue) {
  return value === undefined ? [] : [single(id, make(value))];
}
