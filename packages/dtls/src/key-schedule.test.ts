import { createSecretKey } from "node:crypto";
import { expect, test } from "vitest";
import { masterSecret, prf, pskPremasterSecret, verifyData } from "./key-schedule.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));

test("the pseudo-random function gives the vector published on the TLS working group's list for SHA-256", () => {
  const secret = createSecretKey(bytes("9b be 43 6b a9 40 f0 17 b1 76 52 84 9a 71 db 35"));
  const seed = bytes("a0 ba 9f 93 6c da 31 18 27 a6 f7 96 ff d5 19 8c");
  expect(prf(secret, "test label", seed, 100)).toEqual(
    bytes(`
      e3 f2 29 ba 72 7b e1 7b 8d 12 26 20 55 7c d4 53 c2 aa b2 1d 07 c3 d4 95 32 9b 52 d4 e6 1e db 5a 6b 30 17 91 e9
      0d 35 c9 c9 a4 6b 4e 14 ba f9 af 0f a0 22 f7 07 7d ef 17 ab fd 37 97 c0 56 4b ab 4f bc 91 66 6e 9d ef 9b 97 fc
      e3 4f 79 67 89 ba a4 80 82 d1 22 ee 42 c5 a7 2e 5a 51 10 ff f7 01 87 34 7b 66`),
  );
});

test("the premaster secret of a pre-shared key is zeros of its length and the key, each with its length (RFC 4279 §2)", () => {
  expect(pskPremasterSecret(bytes("01 02 03"))).toEqual(bytes("00 03 00 00 00 00 03 01 02 03"));
  expect(pskPremasterSecret(new Uint8Array(0))).toEqual(bytes("00 00 00 00"));
});

test("the master secret depends on whether the whole handshake or only its randoms went into it", () => {
  const premaster = pskPremasterSecret(bytes("aa"));
  const random = new Uint8Array(32).fill(7);
  const plain = masterSecret(premaster, { kind: "randoms", client: random, server: random });
  const extended = masterSecret(premaster, { kind: "extended", sessionHash: random });
  expect(plain).toHaveLength(48);
  expect(extended).toHaveLength(48);
  expect(plain).not.toEqual(extended);
});

test("what Finished carries is that of the recorded session of SHA-256 on tls12.xargs.org (RFC 5246 §7.4.9)", () => {
  const master = createSecretKey(
    bytes(`
      91 6a bf 9d a5 59 73 e1 36 14 ae 0a 3f 5d 3f 37 b0 23 ba 12 9a ee 02 cc 91 34 33 81 27 cd 70 49
      78 1c 8e 19 fc 1e b2 a7 38 7a c0 6a e2 37 34 4c`),
  );
  const untilClient = bytes("061dda04b3c2217ff73bd79b9cf88a2bb6ec505404aac8722db03ef417b54cb4");
  const untilServer = bytes("b2017ba28d0e27f03ae327456b6ff00b4d5bbf0ef7cda83ce1029b521c3e7c35");
  expect(verifyData(master, "client", untilClient)).toEqual(bytes("cf919626f1360c536aaad73a"));
  expect(verifyData(master, "server", untilServer)).toEqual(bytes("844d3c10746dd722f92f0c7e"));
});
