import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { joined } from "./bytes.ts";
import { isSigned, KeyShare, publicKeyIn, publicKeyInfoOf, signed } from "./elliptic-curve.ts";

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
const head = bytes("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

/** RFC 6979 §A.2.5: a key on P-256 and its signature of "sample" with SHA-256. */
const sample = {
  point: bytes(`
    60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6
    7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299`),
  r: bytes("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"),
  s: bytes("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"),
};

test("the signature published in RFC 6979 is one, and no other is", () => {
  const key = publicKeyIn(joined(head, sample.point))!;
  const number = (value: Uint8Array) => joined(Uint8Array.of(2, 33, 0), value);
  const signature = joined(Uint8Array.of(0x30, 70), number(sample.r), number(sample.s));
  const said = new TextEncoder().encode("sample");
  expect(isSigned(said, signature, key)).toBe(true);
  expect(isSigned(new TextEncoder().encode("Sample"), signature, key)).toBe(false);
  for (let at = 0; at < signature.length; at++) {
    expect(isSigned(said, signature.with(at, signature[at]! ^ 1), key)).toBe(false);
  }
  expect(isSigned(said, joined(signature, Uint8Array.of(0, 0, 0)), key)).toBe(false);
});

test("both sides of an exchange have the same secret, of 32 bytes even when it begins with zeros", () => {
  for (let index = 0; index < 300; index++) {
    const [one, other] = [new KeyShare(), new KeyShare()];
    const secret = one.secretWith(other.point);
    expect(secret).toHaveLength(32);
    expect(other.secretWith(one.point)).toEqual(secret);
  }
});

test("a key is written in one way, and read back from it", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const info = publicKeyInfoOf(privateKey)!;
  expect(publicKeyInfoOf(publicKey)).toEqual(info);
  expect(Buffer.from(info)).toEqual(publicKey.export({ format: "der", type: "spki" }));
  expect(isSigned(info, signed(info, privateKey), publicKeyIn(info)!)).toBe(true);
});

test("keys of other kinds and curves are none of ours", () => {
  const others = [generateKeyPairSync("ec", { namedCurve: "P-384" }), generateKeyPairSync("ed25519")] as const;
  for (const { publicKey, privateKey } of others) {
    expect(publicKeyInfoOf(privateKey)).toBeUndefined();
    expect(publicKeyIn(new Uint8Array(publicKey.export({ format: "der", type: "spki" })))).toBeUndefined();
  }
  const written = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "pem", type: "sec1" });
  expect(publicKeyInfoOf(createPrivateKey(written))).toHaveLength(91);
});

test("a key whose head is written in any other way is none, even where the curve would be ours", () => {
  const info = joined(head, sample.point);
  expect(publicKeyIn(info)).toBeDefined();
  for (let at = 0; at < head.length; at++) expect(publicKeyIn(info.with(at, info[at]! ^ 1))).toBeUndefined();
});
