import { milliseconds } from "@lamplighter/runtime/duration";
import { SealedBox } from "@lamplighter/runtime/sealed-box";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { expect, test } from "vitest";
import { cipherSuites } from "../src/cipher-suite.ts";
import { Connection } from "../src/connection.ts";
import type { LiveConnection } from "../src/connection-table.ts";
import type { Established } from "../src/established.ts";
import { contentType } from "../src/record.ts";
import { heldMax, heldPerConnectionMax, SessionKeeper, saveRetry } from "../src/session-keeper.ts";
import type { SessionBatch } from "../src/session-store.ts";
import { seededBytes, text } from "./world.ts";

const established: Established = {
  suite: cipherSuites[0],
  keys: {
    client: { key: new Uint8Array(16), salt: new Uint8Array(4) },
    server: { key: new Uint8Array(16).fill(1), salt: new Uint8Array(4) },
  },
  connectionIds: undefined,
  identity: text("light-1"),
  credential: "psk",
  sessionId: new Uint8Array(0),
  master: new Uint8Array(48),
  extendedMasterSecret: true,
  isResumed: false,
};
const proof = new Uint8Array(16);

/** A keeper whose store answers as `save` says. */
function keeping(save: (batch: SessionBatch) => Promise<void>) {
  const clock = new FakeClock();
  const box = new SealedBox({ key: new Uint8Array(32), randomBytes: seededBytes(1) });
  const keeper = new SessionKeeper({ store: { takeUp: async () => [], save }, box, clock });
  const sent: string[] = [];
  keeper.serve({ take: () => {}, send: (_, __, content) => sent.push(Buffer.from(content).toString()) });
  let connections = 0;
  const live = (): LiveConnection => ({
    name: `dtls:${++connections}`,
    established,
    connection: new Connection(established, "server"),
    ...{ udpAddress: `10.0.0.1:${connections}`, connectedAt: 0, heardAt: 0 },
  });
  const pass = async (span: number) => {
    for (let passed = 0; passed < span; passed += 10) {
      clock.advance(milliseconds(10));
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    }
  };
  return { keeper, live, pass, sent };
}

test("of all connections together so much waits for a store that hangs and no more", () => {
  const { keeper, live } = keeping(() => new Promise<void>(() => {}));
  for (let index = 0; index < heldMax / heldPerConnectionMax + 10; index++) {
    const one = live();
    keeper.add(one, proof);
    for (let more = 0; more <= heldPerConnectionMax; more++)
      keeper.holdOut(one, contentType.applicationData, text("x"));
    if (index === 0) expect(keeper.counters).toMatchObject({ held: heldPerConnectionMax, dropped: 1 });
  }
  expect(keeper.counters.held).toBe(heldMax);
});

test("after a save of nothing that failed, what waits next is stored and goes on all the same", async () => {
  const batches: SessionBatch[] = [];
  const { keeper, live, pass, sent } = keeping(async (batch) => {
    batches.push(batch);
    if (batches.length === 1) throw new Error("the database is away");
  });
  const gone = live();
  keeper.add(gone, proof);
  keeper.remove(gone);
  await pass(200);
  const other = live();
  keeper.addRestored(other, proof, { sendBelow: 0, acceptedBelow: 0 });
  keeper.holdOut(other, contentType.applicationData, text("late"));
  await pass(2 * saveRetry);
  expect(sent).toEqual(["late"]);
  // And nothing is never stored.
  expect(batches.every(({ put, progress, remove }) => put.length + progress.length + remove.length > 0)).toBe(true);
});

test("a connection that ends before it was stored never is, not even by a stop in order", async () => {
  const batches: SessionBatch[] = [];
  const { keeper, live, pass } = keeping(async (batch) => void batches.push(batch));
  for (const ending of [0, 30]) {
    const gone = live();
    keeper.add(gone, proof);
    await pass(ending);
    keeper.remove(gone);
    keeper.moved(gone);
  }
  await pass(1_000);
  await keeper.stop();
  expect(batches).toEqual([]);
});

test("a connection that ends while its row is written is taken out of the store again", async () => {
  const rows = new Set<string>();
  let isWritten = Promise.withResolvers<void>();
  const { keeper, live, pass } = keeping(async ({ put, remove }) => {
    await isWritten.promise;
    for (const { name } of put) rows.add(name);
    for (const name of remove) rows.delete(name);
  });
  const gone = live();
  keeper.add(gone, proof);
  await pass(100);
  keeper.remove(gone);
  isWritten.resolve();
  isWritten = Promise.withResolvers();
  await pass(20);
  expect([...rows]).toEqual([gone.name]);
  isWritten.resolve();
  await pass(1_000);
  expect([...rows]).toEqual([]);
});
