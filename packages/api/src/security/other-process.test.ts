import { randomBytes } from "node:crypto";
import { milliseconds, minutes } from "@lamplighter/runtime/duration";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";
import { keyForBootstrap, revokeCredential } from "./change-credentials.ts";
import { looksPerWhole } from "./credential-watch.ts";
import { SecurityStore, type SecurityStoreParts } from "./security-store.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
const others: SecurityStore[] = [];
afterEach(async () => {
  for (const other of others.splice(0)) await other.stop();
});

/** The store of a bootstrap server that is a process of its own. */
async function otherProcess(parts: Partial<SecurityStoreParts> = {}): Promise<SecurityStore> {
  const other = new SecurityStore({ ...world.services.security.store.parts, ...parts });
  others.push(other);
  await other.load();
  return other;
}
const bytes = (text: string) => new TextEncoder().encode(text);
const key = () => randomBytes(16).toString("hex");
const table = (lights: number, name: string, purpose = "bootstrap") =>
  [
    "endpoint,purpose,mode,key",
    ...Array.from({ length: lights }, (_, at) => `${name}-${at},${purpose},psk,${key()}`),
  ].join("\n");

test("all of a large import reaches the other process, and so does what is taken away after it", async () => {
  const other = await otherProcess();
  const lights = 12_000;
  const report = await world.admin.security.import({ csv: table(lights, "large"), dryRun: false });
  expect(report).toMatchObject({ added: lights, errorCount: 0 });
  await other.watch.look();
  const missing = Array.from({ length: lights }, (_, at) => `large-${at}`).filter(
    (name) => other.keyOf("bootstrap", bytes(name)) === undefined,
  );
  expect(missing.length).toBe(0);
  const { credentials } = await world.admin.security.light({ endpoint: "large-7" });
  await world.admin.security.revoke({ credentialId: credentials[0]!.id });
  await other.watch.look();
  expect(other.keyOf("bootstrap", bytes("large-7"))).toBeUndefined();
}, 60_000);

test("a key that is taken away is good no more in a process whose clock is wrong", async () => {
  const { admin } = world;
  const { credential } = await admin.security.setCredential({ endpoint: "skew", purpose: "bootstrap", mode: "psk" });
  const ahead = new FakeClock();
  ahead.advance(milliseconds(minutes(10)));
  const other = await otherProcess({ clock: ahead });
  await other.watch.look();
  expect(other.keyOf("bootstrap", bytes("skew"))).toBeDefined();
  await admin.security.revoke({ credentialId: credential.id });
  await other.watch.look();
  expect(other.keyOf("bootstrap", bytes("skew"))).toBeUndefined();
});

test("what the clock of a writer hides, and what is gone from the table, is found within a minute of looks", async () => {
  const { admin, services } = world;
  for (const endpoint of ["hidden", "gone"]) {
    await admin.security.setCredential({ endpoint, purpose: "bootstrap", mode: "psk" });
  }
  const forgotten: string[] = [];
  const other = await otherProcess({ onRetired: ({ endpoint }) => void forgotten.push(endpoint) });
  const long = new Date("2020-01-01");
  const retired = { state: "retired", sealedKey: null, updatedAt: long };
  await services.db.credential.updateMany({ where: { endpoint: "hidden" }, data: retired });
  await services.db.credential.deleteMany({ where: { endpoint: "gone" } });
  for (let look = 0; look < looksPerWhole; look++) await other.watch.look();
  expect(other.keyOf("bootstrap", bytes("hidden"))).toBeUndefined();
  expect(other.keyOf("bootstrap", bytes("gone"))).toBeUndefined();
  expect(forgotten.sort()).toEqual(["gone", "hidden"]);
});

test("what was read before a key was taken away does not bring it back", async () => {
  const { admin, services } = world;
  const { store } = services.security;
  const { credential } = await admin.security.setCredential({ endpoint: "late", mode: "psk" });
  // Another process made the key known; at the moment that its row is read here, it is taken away here.
  store.index.remove(credential.id);
  const find = services.db.credential.findMany;
  let isRead = false;
  const db = new Proxy(services.db, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (name !== "credential") return value;
      return {
        ...value,
        findMany: async (query: never) => {
          const rows = await find(query);
          if (!isRead && JSON.stringify(query).includes(credential.id)) {
            isRead = true;
            await revokeCredential(
              store,
              (await services.db.credential.findUniqueOrThrow({ where: { id: credential.id } })) as never,
            );
          }
          return rows;
        },
      };
    },
  });
  Object.assign(store.parts, { db });
  await store.watch.look();
  Object.assign(store.parts, { db: services.db });
  expect(isRead).toBe(true);
  expect(store.keyOf("server", bytes("late"))).toBeUndefined();
});

test("who is not known is looked for at once, however many there are, and not more than once a second", async () => {
  const clock = new FakeClock();
  const other = await otherProcess({ clock });
  let looks = 0;
  other.watch.look = async () => void looks++;
  const pass = async (span: number) => {
    clock.advance(milliseconds(span));
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  for (let at = 0; at < 1_000; at++) other.watch.lookSoon();
  await pass(1);
  expect(looks).toBe(1);
  for (let tenth = 0; tenth < 50; tenth++) {
    other.watch.lookSoon();
    await pass(100);
  }
  expect(looks).toBeGreaterThan(4);
  expect(looks).toBeLessThanOrEqual(6);
  // Left alone it looks as often as ever.
  looks = 0;
  for (let second = 0; second < 60; second++) await pass(1_000);
  expect(looks).toBeGreaterThanOrEqual(11);
  expect(looks).toBeLessThanOrEqual(13);
});

test("a bootstrap in another process brings the key that was made a moment ago, and not the one that it replaces", async () => {
  const { security } = world.admin;
  const former = await security.setCredential({ endpoint: "moment", mode: "psk" });
  const other = await otherProcess();
  expect(Buffer.from((await keyForBootstrap(other, "moment", "server")).key).toString("hex")).toBe(former.key);
  const { key, credential } = await security.rotate({ endpoint: "moment", how: "by-hand" });
  expect(Buffer.from((await keyForBootstrap(other, "moment", "server")).key).toString("hex")).toBe(key);
  await security.revoke({ credentialId: credential.id });
  expect(Buffer.from((await keyForBootstrap(other, "moment", "server")).key).toString("hex")).toBe(former.key);
});

test("a key that a bootstrap of this process made is not handed out once more when another took it away a moment later", async () => {
  const { security } = world.admin;
  await security.setCredential({ endpoint: "own", purpose: "bootstrap", mode: "psk" });
  const other = await otherProcess();
  await other.watch.look();
  const made = Buffer.from((await keyForBootstrap(other, "own", "server")).key).toString("hex");
  const { credentials } = await security.light({ endpoint: "own" });
  const credential = credentials.find(({ purpose }) => purpose === "server")!;
  await security.revoke({ credentialId: credential.id });
  const next = Buffer.from((await keyForBootstrap(other, "own", "server")).key).toString("hex");
  expect(next).not.toBe(made);
});
