import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { boxOverheadBytes, deriveKey, SealedBox } from "./sealed-box.ts";

const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const box = new SealedBox({ key, randomBytes });
const secret = new TextEncoder().encode("a key of sixteen");

test("what was sealed opens where it belongs, and nowhere else", () => {
  const sealed = box.seal(secret, "credential:1");
  expect(sealed).toHaveLength(secret.length + boxOverheadBytes);
  expect(box.open(sealed, "credential:1")).toEqual(secret);
  expect(box.open(sealed, "credential:2")).toBeUndefined();
  expect(box.open(sealed, "")).toBeUndefined();
});

test("nothing may be secret, and be sealed", () => {
  expect(box.open(box.seal(new Uint8Array(), "x"), "x")).toEqual(new Uint8Array());
});

test("any changed bit, and any missing byte, keeps it shut", () => {
  const sealed = box.seal(secret, "x");
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = sealed.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(box.open(changed, "x"), `bit ${bit}`).toBeUndefined();
  }
  for (let length = 0; length < sealed.length; length++) expect(box.open(sealed.slice(0, length), "x")).toBeUndefined();
});

test("another key does not open it", () => {
  const other = new SealedBox({ key: deriveKey(key, "other"), randomBytes });
  expect(other.open(box.seal(secret, "x"), "x")).toBeUndefined();
});

test("the same secret is never sealed the same, and does not show", () => {
  const [one, two] = [box.seal(secret, "x"), box.seal(secret, "x")];
  expect(one).not.toEqual(two);
  expect(Buffer.from(one).includes("a key of sixteen")).toBe(false);
});

test("the layout is what storage has kept so far: version, nonce, tag, secret", () => {
  const fixed = new SealedBox({ key, randomBytes: (count) => new Uint8Array(count).fill(7) });
  const sealed = fixed.seal(secret, "x");
  const kept = `01${"07".repeat(12)}e6d7414b3b2ac214e14d3665ecd887e56e4acd39162fb892e6ee7af8f43491f5`;
  expect(Buffer.from(sealed).toString("hex")).toBe(kept);
});

test("keys of two purposes have nothing in common, and are the same each time", () => {
  expect(deriveKey(key, "credentials")).toEqual(deriveKey(key, "credentials"));
  expect(deriveKey(key, "credentials")).not.toEqual(deriveKey(key, "sessions"));
  expect(deriveKey(key, "credentials")).toHaveLength(32);
});

test("a key of another length is our own mistake", () => {
  expect(() => new SealedBox({ key: key.subarray(1), randomBytes })).toThrow(/32 bytes/);
});
