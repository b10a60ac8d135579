import { createCipheriv } from "node:crypto";
import { expect, test } from "vitest";
import { cipherSuites } from "./cipher-suite.ts";
import { MalformedRecord } from "./malformed-record.ts";
import { contentType, decodeRecords } from "./record.ts";
import { RecordProtection } from "./record-protection.ts";

const key = new Uint8Array(16).map((_, index) => index);
const salt = Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3);
const content = new TextEncoder().encode("level 42");
const connectionId = Uint8Array.of(1, 2, 3, 4, 5, 6);
const [ccm8] = cipherSuites;
const only = (datagram: Uint8Array) => [...decodeRecords(datagram, connectionId.length)][0]!;
/** As plain bytes: a Buffer and a Uint8Array are not equal to a test. */
const opened = (protection: RecordProtection, datagram: Uint8Array) => {
  const plain = protection.open(only(datagram));
  return plain && { type: plain.type, content: new Uint8Array(plain.content) };
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** CCM_8 by the words of the clauses, byte for byte, with nothing of ours in it. */
function expected(additional: string, nonce: string, plain: string): string {
  const cipher = createCipheriv("aes-128-ccm", key, Buffer.from(nonce, "hex"), { authTagLength: 8 });
  const plaintext = Buffer.from(plain, "hex");
  cipher.setAAD(Buffer.from(additional, "hex"), { plaintextLength: plaintext.length });
  const body = cipher.update(plaintext).toString("hex");
  cipher.final();
  return body + cipher.getAuthTag().toString("hex");
}

test("a record without connection id is as RFC 6655 §3 and RFC 5246 §6.2.3.3 describe it", () => {
  const sealed = new RecordProtection(ccm8, { key, salt }).seal(
    { type: contentType.applicationData, content },
    { epoch: 1, sequence: 5 },
  );
  const nonceInRecord = "0001000000000005";
  const body = expected("0001000000000005" + "17" + "fefd" + "0008", `a0a1a2a3${nonceInRecord}`, hex(content));
  expect(hex(sealed)).toBe(`17fefd00010000000000050018${nonceInRecord}${body}`);
});

test("a record with connection id is as RFC 9146 §4 and §5.3 describe it", () => {
  const sealed = new RecordProtection(ccm8, { key, salt }).seal(
    { type: contentType.applicationData, content },
    { epoch: 1, sequence: 2 ** 40 + 1, connectionId },
  );
  const sequence = "010000000001";
  const additional = `${"ff".repeat(8)}190619fefd0001${sequence}0102030405060009`;
  const body = expected(additional, `a0a1a2a30001${sequence}`, `${hex(content)}17`);
  expect(hex(sealed)).toBe(`19fefd0001${sequence}01020304050600190001${sequence}${body}`);
});

for (const suite of cipherSuites) {
  test(`${suite.name}: what was sealed is opened again, and no changed byte is`, () => {
    const protection = new RecordProtection(suite, { key, salt });
    for (const id of [undefined, connectionId]) {
      const where = { epoch: 1, sequence: 9, ...(id && { connectionId: id }) };
      const sealed = protection.seal({ type: contentType.handshake, content }, where);
      expect(opened(protection, sealed)).toEqual({ type: contentType.handshake, content });
      for (let at = 0; at < sealed.length; at++) {
        const changed = sealed.slice();
        changed[at]! ^= 0x40;
        expect(
          readable(() => opened(protection, changed)),
          `byte ${at}`,
        ).toBe(false);
      }
    }
  });
}

test("padding is taken off, and a record of nothing but zeros is refused (RFC 9146 §4)", () => {
  const protection = new RecordProtection(ccm8, { key, salt });
  const padded = protection.seal(
    { type: 0, content: Uint8Array.of(...content, contentType.applicationData, 0, 0) },
    { epoch: 1, sequence: 1, connectionId },
  );
  expect(opened(protection, padded)).toEqual({ type: contentType.applicationData, content });
  const empty = protection.seal({ type: 0, content: new Uint8Array(4) }, { epoch: 1, sequence: 2, connectionId });
  expect(opened(protection, empty)).toBeUndefined();
});

/** A record whose header was changed may not even be read. */
function readable(open: () => unknown): boolean {
  try {
    return open() !== undefined;
  } catch (error) {
    if (error instanceof MalformedRecord) return false;
    throw error;
  }
}
