import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readKeys, writeKeys } from "./keys.ts";

const folder = mkdtempSync(join(tmpdir(), "lamplighter-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

function table(...lines: string[]): string {
  const file = join(folder, "table.csv");
  writeFileSync(file, lines.join("\n"));
  return file;
}

test("keys that are written are another one for each light, are read back, and belong to this user alone", () => {
  const file = join(folder, "keys.csv");
  expect(writeKeys(file, ["sim-1", "sim-2"])).toContain("keys for 2 lights");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { server, bootstrap } = readKeys(file);
  expect([[...server.keys()], bootstrap.size]).toEqual([["sim-1", "sim-2"], 0]);
  const [one, other] = [...server.values()].map(({ key }) => Buffer.from(key).toString("hex"));
  expect([one?.length, one === other]).toEqual([32, false]);
  expect(() => writeKeys(file, ["sim-1"])).toThrow("keys are not written over");
});

test("keys for a bootstrap are told from those for a server", () => {
  const file = join(folder, "bootstrap.csv");
  writeKeys(file, ["sim-1"], "bootstrap");
  const { server, bootstrap } = readKeys(file);
  expect([server.size, [...bootstrap.keys()]]).toEqual([0, ["sim-1"]]);
});

test("a table is read as the console reads it: columns in any order, semicolons, hexadecimal or base64, modes that are not ours", () => {
  const key = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
  const { server } = readKeys(
    table(
      "Mode;Key;Endpoint;Identity",
      `psk;${key.toString("hex")};sim-1;`,
      `psk;${key.toString("base64")};sim-2;other`,
      "no-sec;;sim-3;",
    ),
  );
  expect([...server].map(([endpoint, { identity }]) => [endpoint, Buffer.from(identity).toString()])).toEqual([
    ["sim-1", "sim-1"],
    ["sim-2", "other"],
  ]);
  expect([...server.values()].every((proof) => key.equals(proof.key))).toBe(true);
});

test.each([
  ["a short key", "sim-1,server,psk,,0011223344"],
  ["a key that is neither hexadecimal nor base64", "sim-1,server,psk,,*not-a-key-of-any-kind*"],
  ["no key", "sim-1,server,psk,,"],
  ["no endpoint", ",server,psk,x,000102030405060708090a0b0c0d0e0f"],
  ["another purpose", "sim-1,other,psk,x,000102030405060708090a0b0c0d0e0f"],
])("%s is refused with its line, and the key is not repeated", (_, line) => {
  const good = "sim-0,server,psk,,000102030405060708090a0b0c0d0e0f";
  const read = () => readKeys(table("endpoint,purpose,mode,identity,key", good, line));
  expect(read).toThrow("line 3");
  const key = line.split(",")[4] as string;
  if (key !== "") expect(read).not.toThrow(key);
});

test("a file that is not there, or that is no table, is said in a sentence", () => {
  expect(() => readKeys(join(folder, "missing.csv"))).toThrow("ENOENT");
  expect(() => readKeys(table("endpoint,key", 'a,"b'))).toThrow("it is no table");
});
