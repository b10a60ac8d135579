import { type CipherSuite, suiteById } from "./cipher-suite.ts";
import type { Resumable } from "./established.ts";
import { extensionType } from "./extension.ts";
import type { ClientHello } from "./hello.ts";

/**
 * The session that a hello may come back to: one that is known by its id, with a suite that both still speak, and all that it was
 * born with (RFC 5246 §7.4.1.2, RFC 7627 §5.3). Undefined: a whole handshake is needed.
 */
export function resumptionFor(
  { sessionId, cipherSuites: offered, extensions }: ClientHello,
  suites: readonly CipherSuite[],
  resumable: (sessionId: Uint8Array) => Resumable | undefined,
): Resumable | undefined {
  const found = sessionId.length > 0 ? resumable(sessionId) : undefined;
  if (!found || !offered.includes(found.suite.id) || !suiteById(found.suite.id, suites)) return undefined;
  if (found.suite.cipher === "aes-128-cbc" && !extensions.has(extensionType.encryptThenMac)) return undefined;
  return found.extendedMasterSecret === extensions.has(extensionType.extendedMasterSecret) ? found : undefined;
}
