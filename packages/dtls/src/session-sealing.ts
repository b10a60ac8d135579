import { createHash } from "node:crypto";
import type { Address } from "@lamplighter/runtime/datagram";
import type { SealedBox } from "@lamplighter/runtime/sealed-box";
import { noBytes } from "./bytes.ts";
import { type CipherSuite, suiteById } from "./cipher-suite.ts";
import type { CredentialKind, Established } from "./established.ts";

import type { ConnectionKeys } from "./key-schedule.ts";

const version = 1;

/** A connection's secrets as they are stored, sealed. Bytes are in base64. */
interface Written {
  readonly version: number;
  readonly suite: number;
  /** Client's key and salt, server's key and salt, and with CBC the MAC keys of both. */
  readonly keys: readonly string[];
  readonly identity: string;
  readonly credential: CredentialKind;
  readonly publicKeyDigest?: string;
  readonly validUntil?: number;
  readonly ours?: string;
  readonly theirs?: string;
  readonly isResumed: boolean;
  readonly extended: boolean;
  /** Tells whether the identity still has the key that this connection was proved with. */
  readonly proof: string;
}

/** What a stored connection was proved with: of a key its digest, for it must not be there a second time. */
export function proofDigest(secret: Uint8Array | undefined): Uint8Array {
  return secret ? createHash("sha256").update("dtls session proof").update(secret).digest().subarray(0, 16) : noBytes;
}

/** Seals what a connection consists of, bound to its name: in the row of another it does not open. */
export function sealSession(box: SealedBox, name: Address, established: Established, proof: Uint8Array): Uint8Array {
  const { suite, keys, identity, credential, connectionIds, isResumed, extendedMasterSecret } = established;
  const { publicKeyDigest, validUntil } = established;
  const written: Written = {
    version,
    suite: suite.id,
    keys: [keys.client.key, keys.client.salt, keys.server.key, keys.server.salt, ...macsOf(keys)].map(base64),
    identity: base64(identity),
    credential,
    ...(publicKeyDigest && { publicKeyDigest: base64(publicKeyDigest) }),
    ...(validUntil !== undefined && { validUntil }),
    ...(connectionIds && { ours: base64(connectionIds.ours), theirs: base64(connectionIds.theirs) }),
    isResumed,
    extended: extendedMasterSecret,
    proof: base64(proof),
  };
  return box.seal(Buffer.from(JSON.stringify(written)), placeOf(name));
}

/**
 * Opens a stored connection; undefined when the box does not open, or holds a suite that is not spoken any more. Its
 * master secret was not kept: it goes on, but no further session is resumed from it.
 */
export function openSession(
  box: SealedBox,
  { name, sealed }: { readonly name: Address; readonly sealed: Uint8Array },
  suites: readonly CipherSuite[],
): { readonly established: Established; readonly proof: Uint8Array } | undefined {
  const plain = box.open(sealed, placeOf(name));
  if (!plain) return undefined;
  const written = JSON.parse(Buffer.from(plain).toString()) as Written;
  const suite = written.version === version ? suiteById(written.suite, suites) : undefined;
  if (!suite) return undefined;
  const [clientKey, clientSalt, serverKey, serverSalt, clientMac, serverMac] = written.keys.map(bytesOf);
  const { ours, theirs, credential, publicKeyDigest, validUntil } = written;
  return {
    proof: bytesOf(written.proof),
    established: {
      suite,
      keys: {
        client: { key: clientKey!, salt: clientSalt!, ...(clientMac && { mac: clientMac }) },
        server: { key: serverKey!, salt: serverSalt!, ...(serverMac && { mac: serverMac }) },
      },
      identity: bytesOf(written.identity),
      credential,
      ...(publicKeyDigest !== undefined && { publicKeyDigest: bytesOf(publicKeyDigest) }),
      ...(validUntil !== undefined && { validUntil }),
      connectionIds:
        ours !== undefined && theirs !== undefined ? { ours: bytesOf(ours), theirs: bytesOf(theirs) } : undefined,
      sessionId: noBytes,
      master: noBytes,
      extendedMasterSecret: written.extended,
      isResumed: written.isResumed,
    },
  };
}

const macsOf = ({ client, server }: ConnectionKeys): readonly Uint8Array[] =>
  client.mac && server.mac ? [client.mac, server.mac] : [];
const placeOf = (name: Address): string => `session:${name}`;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));
