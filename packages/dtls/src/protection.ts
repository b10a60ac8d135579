import { CbcProtection } from "./cbc-protection.ts";
import type { CipherSuite } from "./cipher-suite.ts";
import type { WriteKey } from "./key-schedule.ts";
import { type Protection, RecordProtection } from "./record-protection.ts";

/** How one direction of a connection is protected: an AEAD cipher, or CBC where that was asked for. */
export function protectionOf(suite: CipherSuite, key: WriteKey): Protection {
  return suite.cipher === "aes-128-cbc" ? new CbcProtection(key) : new RecordProtection(suite, key);
}
