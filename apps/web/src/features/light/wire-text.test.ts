import { expect, test } from "vitest";
import { parseMultipleText, parseWireText, showWire, unitWord, wireTextOf, wireTypes } from "./wire-text";

test("an integer of 64 bits keeps every digit", () => {
  expect(parseWireText("integer", "9223372036854775807")).toEqual({
    kind: "ok",
    value: { type: "integer", value: "9223372036854775807" },
  });
});

test("what is no value of its type is refused with an example", () => {
  const refused = [
    ["integer", "1.5"],
    ["integer", ""],
    ["integer", "0x10"],
    ["unsigned", "-1"],
    ["float", "warm"],
    ["float", "1e999"],
    ["boolean", "yes"],
    ["time", "tomorrow-ish"],
    ["opaque", "abc"],
    ["objlnk", "3/0"],
  ] as const;
  for (const [type, text] of refused) expect(parseWireText(type, text).kind, `${type} ${text}`).toBe("wrong");
});

test("bytes are typed as hexadecimal and travel as base64", () => {
  expect(parseWireText("opaque", "0a:FF 00")).toEqual({ kind: "ok", value: { type: "opaque", value: "Cv8A" } });
  expect(showWire({ type: "opaque", value: "Cv8A" })).toBe("0a ff 00");
});

test("a shown value can be typed back", () => {
  const examples = { string: "a", integer: "-5", unsigned: "7", float: "2.5", boolean: "true", opaque: "01 02" };
  for (const type of wireTypes) {
    const text = examples[type as keyof typeof examples] ?? (type === "time" ? "2027-01-31T18:00:00.000Z" : "3:0");
    const parsed = parseWireText(type, text);
    expect(parsed.kind === "ok" && wireTextOf(parsed.value)).toBe(text);
  }
});

test("several values are one a line, and an instance stands there once", () => {
  expect(parseMultipleText("integer", "0=5\n3=7")).toEqual({
    kind: "ok",
    value: { type: "multiple", values: { 0: { type: "integer", value: "5" }, 3: { type: "integer", value: "7" } } },
  });
  expect(parseMultipleText("integer", "0=5\n0=7").kind).toBe("wrong");
});

test("units read as people write them", () => {
  expect([unitWord("Cel"), unitWord("W"), unitWord("/100")]).toEqual(["°C", "W", "%"]);
});
