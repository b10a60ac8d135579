import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SecurityStore } from "@lamplighter/api/security/security-store";
import type { CredentialMode, CredentialPurpose } from "@lamplighter/db/prisma-credential-store";
import { TrustedRoots } from "@lamplighter/dtls/certificate-chain";
import { certificatesInPem } from "@lamplighter/dtls/certificate-pem";
import { trustPinned, trustRoots } from "@lamplighter/dtls/certificate-trust";
import { type Certificates, checkedCertificates } from "@lamplighter/dtls/certificates";
import { publicKeyDigest } from "@lamplighter/dtls/elliptic-curve";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Config } from "./config.ts";
import { StartFailure } from "./start-failure.ts";

/** What this server shows of itself to lights with public keys and certificates, and which authorities it trusts. */
export interface OwnCertificates {
  readonly privateKey: KeyObject;
  /** Its public key as SubjectPublicKeyInfo in base64: what a light is given as Server Public Key (object 0, resource 4). */
  readonly publicKey: string;
  readonly chain: readonly Uint8Array[] | undefined;
  readonly roots: TrustedRoots | undefined;
}

type Files = Pick<Config, "dataFolder" | "dtlsKeyFile" | "dtlsCertificateFile" | "dtlsRootsFile">;

/**
 * Reads the server's own key, or makes one at the first start, and the certificates that go with it. Throws
 * {@link StartFailure} with a sentence for each thing that does not fit.
 */
export function openCertificates(files: Files): OwnCertificates {
  const { dataFolder, dtlsKeyFile, dtlsCertificateFile, dtlsRootsFile } = files;
  const privateKey = privateKeyIn(dtlsKeyFile ?? join(dataFolder, "dtls-server.key"), dtlsKeyFile === undefined);
  const chain = dtlsCertificateFile === undefined ? undefined : certificatesOf(dtlsCertificateFile);
  const roots = dtlsRootsFile === undefined ? undefined : rootsOf(dtlsRootsFile);
  try {
    checkedCertificates({ privateKey, ...(chain && { chain }), trust: () => undefined });
  } catch (cause) {
    throw new StartFailure((cause as Error).message, { cause });
  }
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).toString("base64");
  return { privateKey, publicKey, chain, roots };
}

/**
 * Whom one of our servers trusts: a public key that was given to it for a light, and the name in a certificate that one of
 * the authorities vouches for and that was given to it. A name of one kind opens nothing of another.
 */
export function certificatesFor(
  purpose: CredentialPurpose,
  { own, store, clock }: { readonly own: OwnCertificates; readonly store: SecurityStore; readonly clock: Clock },
): Certificates {
  const { privateKey, chain, roots } = own;
  const isKnown = (identity: Uint8Array, mode: CredentialMode) =>
    store.index.withIdentity(purpose, identity)?.mode === mode;
  const pinned = trustPinned((publicKeyInfo) => {
    const identity = publicKeyDigest(publicKeyInfo);
    return isKnown(identity, "rpk") ? identity : undefined;
  });
  const vouched =
    roots &&
    trustRoots({
      ...{ roots, purpose: "client", now: () => clock.now().getTime() },
      knows: (identity) => isKnown(identity, "x509"),
    });
  return {
    privateKey,
    ...(chain && { chain }),
    trust: (peer) => (peer.kind === "rpk" ? pinned(peer) : vouched?.(peer)),
    remembers: (identity, digest) =>
      isKnown(identity, "x509") || (isKnown(identity, "rpk") && Buffer.compare(identity, digest) === 0),
  };
}

function privateKeyIn(file: string, mayMake: boolean): KeyObject {
  if (mayMake) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    try {
      // "wx" makes it or fails: of two servers that start together, both read the same one.
      writeFileSync(file, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600, flag: "wx" });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw unreadable(file, cause);
    }
  }
  try {
    return createPrivateKey(readFileSync(file));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function certificatesOf(file: string): readonly Uint8Array[] {
  let found: readonly Uint8Array[];
  try {
    found = certificatesInPem(readFileSync(file, "utf8"));
  } catch (cause) {
    throw unreadable(file, cause);
  }
  if (found.length === 0) throw new StartFailure(`There is no certificate in ${file}.`);
  return found;
}

function rootsOf(file: string): TrustedRoots {
  try {
    return new TrustedRoots(certificatesOf(file));
  } catch (cause) {
    if (cause instanceof StartFailure) throw cause;
    throw new StartFailure(`The authorities in ${file} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

function unreadable(file: string, cause: unknown): StartFailure {
  const why = (cause as NodeJS.ErrnoException).code ?? "it is not what it should be";
  return new StartFailure(`The file ${file} cannot be read (${why}).`, { cause });
}
