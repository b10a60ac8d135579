import type { Proved } from "./established.ts";

/** Only who a peer proved to be, of all that is known of its connection. */
export function provedOf({ identity, credential, publicKeyDigest, validUntil }: Proved): Proved {
  return {
    identity,
    credential,
    ...(publicKeyDigest && { publicKeyDigest }),
    ...(validUntil !== undefined && { validUntil }),
  };
}
