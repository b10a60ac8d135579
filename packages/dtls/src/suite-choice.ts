import { ByteReader } from "./byte-reader.ts";
import { numbersIn, signatureAlgorithmsIn } from "./certificate-message.ts";
import { chosenType } from "./certificate-type.ts";
import { acceptedTypes, type Certificates, shownTypes } from "./certificates.ts";
import type { CipherSuite } from "./cipher-suite.ts";
import { ecdsaSecp256r1Sha256, secp256r1 } from "./elliptic-curve.ts";
import { type Extensions, extensionType } from "./extension.ts";
import type { ClientHello } from "./hello.ts";
import type { CertificateTypes } from "./server-ecdhe-exchange.ts";

/** What a server can do. */
export interface ServerAbilities {
  /** The suites that may be chosen, the best first. */
  readonly suites: readonly CipherSuite[];
  readonly certificates?: Certificates | undefined;
}

export interface SuiteChoice {
  readonly suite: CipherSuite;
  /** With `ecdhe-ecdsa` only. */
  readonly types?: CertificateTypes;
}

/** The first of our suites that both can speak with all that it needs; undefined when there is none. Throws {@link MalformedRecord}. */
export function chooseSuite(hello: ClientHello, { suites, certificates }: ServerAbilities): SuiteChoice | undefined {
  for (const suite of suites) {
    if (!hello.cipherSuites.includes(suite.id)) continue;
    if (suite.keyExchange === "ecdhe-ecdsa") {
      const types = certificates && knowsOurCurve(hello.extensions) && typesFor(hello.extensions, certificates);
      if (types) return { suite, types };
    } else if (suite.cipher !== "aes-128-cbc" || hello.extensions.has(extensionType.encryptThenMac)) return { suite };
  }
  return undefined;
}

/**
 * Whether a client can compute on our curve and check our signatures. One that says nothing of it can (RFC 8422 §4); one that
 * names no signature algorithms means SHA-1 (RFC 5246 §7.4.1.4.1), but suites that are defined for SHA-256 tell otherwise.
 */
function knowsOurCurve(extensions: Extensions): boolean {
  const groups = extensions.get(extensionType.supportedGroups);
  const formats = extensions.get(extensionType.ecPointFormats);
  const algorithms = extensions.get(extensionType.signatureAlgorithms);
  return (
    (!groups || numbersIn(whole(groups, 2, "groups"), "group").includes(secp256r1)) &&
    (!formats || whole(formats, 1, "point formats").includes(uncompressedFormat)) &&
    (!algorithms || algorithmsIn(algorithms).includes(ecdsaSecp256r1Sha256))
  );
}

/** RFC 8422 §5.1.2. */
export const uncompressedFormat = 0;

function typesFor(offered: Extensions, certificates: Certificates): CertificateTypes | undefined {
  const server = chosenType(offered, "server", shownTypes(certificates));
  const client = chosenType(offered, "client", acceptedTypes(certificates));
  return server && client && { server, client };
}

function whole(content: Uint8Array, lengthBytes: 1 | 2, field: string): Uint8Array {
  const reader = new ByteReader(content);
  const bytes = reader.vector(lengthBytes, field, { min: 1 });
  reader.end(`after the ${field}`);
  return bytes;
}

function algorithmsIn(content: Uint8Array): readonly number[] {
  const reader = new ByteReader(content);
  const algorithms = signatureAlgorithmsIn(reader);
  reader.end("after the signature algorithms");
  return algorithms;
}
