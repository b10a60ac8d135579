import { expect, test } from "vitest";
import { parsePath } from "../path.ts";
import { isSecret, shownPath, shownUri } from "./secrets.ts";

test.each([
  ["/5/0/1", true],
  ["/9/3/3", true],
  ["/5/0/3", false],
  ["/9/3/1", false],
  ["/0/1/5", true],
  ["/0/1/0", false],
  ["/21/0/1", true],
  ["/3/0/0", false],
])("what stands at %s is a secret: %s", (path, secret) => {
  expect(isSecret(parsePath(path), undefined)).toBe(secret);
});

test("an address and a path of ours are shown without the token at their end, others as they are", () => {
  expect(shownPath(["fw", "q1zwsx3edc"])).toBe("/fw/…");
  expect(shownPath(["rd", "abc"])).toBe("/rd/abc");
  expect(shownUri("coap://192.0.2.1:5683/fw/q1zwsx3edc")).toBe("coap://192.0.2.1:5683/fw/…");
  for (const change of ["/", "?a=b", "/../x", "\n/x", "#/"]) {
    expect(shownUri(`coap://192.0.2.1/fw/q1zwsx3edc${change}`)).toBe("coap://192.0.2.1/fw/…");
  }
  expect(shownUri("COAP://192.0.2.1/FW/q1zwsx3edc")).toBe("COAP://192.0.2.1/FW/…");
  expect(shownUri("https://elsewhere.example/images/one.bin")).toBe("https://elsewhere.example/images/one.bin");
  expect(shownUri("")).toBe("");
});
