import { expect, test } from "vitest";
import { cipherSuites } from "./cipher-suite.ts";
import { Connection } from "./connection.ts";
import { ConnectionTable } from "./connection-table.ts";
import type { Established } from "./established.ts";
import { defaultLimits } from "./limits.ts";

const established = (identity: string, ours?: number): Established => ({
  suite: cipherSuites[0],
  keys: {
    client: { key: new Uint8Array(16), salt: new Uint8Array(4) },
    server: { key: new Uint8Array(16).fill(1), salt: new Uint8Array(4) },
  },
  connectionIds: ours === undefined ? undefined : { ours: new Uint8Array(6).fill(ours), theirs: new Uint8Array(0) },
  identity: Buffer.from(identity),
  credential: "psk",
  sessionId: new Uint8Array(0),
  master: new Uint8Array(48),
  extendedMasterSecret: true,
  isResumed: false,
});

function tableWith() {
  const gone: string[] = [];
  const table = new ConnectionTable({
    limits: defaultLimits,
    monotonic: () => 0,
    gone: ({ name }, why) => gone.push(`${name} ${why}`),
  });
  const add = (name: string, udpAddress: string, ours?: number) => {
    const one = established(name, ours);
    return table.add({ name, established: one, connection: new Connection(one, "server"), udpAddress });
  };
  return { table, gone, add };
}

test("one with an id that comes from where one without is leaves that one its address", () => {
  const { table, gone, add } = tableWith();
  const still = add("still", "10.0.0.1:1");
  const moving = add("moving", "10.0.0.2:2", 1);
  table.move(moving, "10.0.0.1:1");
  expect(table.at("10.0.0.1:1")).toBe(still);
  expect(table.withId(new Uint8Array(6).fill(1))).toBe(moving);
  expect(table.at("10.0.0.2:2")).toBeUndefined();
  table.remove(moving, "closed");
  expect(table.at("10.0.0.1:1")).toBe(still);
  expect(gone).toEqual(["moving closed"]);
});

test("one with an id that comes from where another with an id was has its address; each is found by its id", () => {
  const { table, gone, add } = tableWith();
  const [first, second] = [add("first", "10.0.0.1:1", 1), add("second", "10.0.0.2:2", 2)];
  table.move(second, "10.0.0.1:1");
  expect(table.at("10.0.0.1:1")).toBe(second);
  table.remove(first, "idle");
  expect(table.at("10.0.0.1:1")).toBe(second);
  expect(table.withId(new Uint8Array(6).fill(2))).toBe(second);
  expect(gone).toEqual(["first idle"]);
});

test("of two of one identity the one that was made last stays", () => {
  const { table, gone, add } = tableWith();
  add("light", "10.0.0.1:1", 1);
  const again = add("light", "10.0.0.2:2", 2);
  expect([...table.all()]).toEqual([again]);
  expect(table.withId(new Uint8Array(6).fill(1))).toBeUndefined();
  expect(gone).toEqual(["light replaced"]);
});
