import { generateKeyPairSync, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../../test/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
const bytes = (text: string) => new TextEncoder().encode(text);
const key = () => randomBytes(16).toString("hex");
const keyOf = (identity: string) => {
  const key = world.services.security.store.keyOf("server", bytes(identity));
  return key && Buffer.from(key).toString("hex");
};
const read = (csv: string, dryRun = false) => world.admin.security.import({ csv, dryRun });

test("a table as spreadsheets write it is read: byte order mark, semicolons, quotes, CRLF; a dry run says what the real one does", async () => {
  const [a, b] = [key(), key()];
  const csv = `\ufeffendpoint;mode;key;identity\r\n"crlf-1";psk;${a};\r\n"cr;lf ""2""";PSK;"${b.toUpperCase()}";x\r\n\r\n`;
  const dry = await read(csv, true);
  expect(keyOf("crlf-1")).toBeUndefined();
  expect(dry).toMatchObject({ rows: 2, added: 2, errorCount: 0 });
  expect({ ...(await read(csv)), dryRun: true }).toEqual(dry);
  expect([keyOf("crlf-1"), keyOf("x")]).toEqual([a, b]);
  expect(await read(csv)).toMatchObject({ unchanged: 2, added: 0, replaced: 0 });
});

test("with one wrong line nothing is stored; each is told by its number, and none with a key", async () => {
  const keys = Array.from({ length: 5 }, key);
  const lines = [`good,psk,${keys[0]}`, `short,psk,${keys[1]!.slice(0, 8)}`, `odd,psk,${keys[2]}zz`, `,psk,${keys[3]}`];
  const report = await read(["endpoint,mode,key", ...lines, `good,psk,${keys[4]}`].join("\n"));
  expect([...new Set(report.errors.map(({ line }) => line))]).toEqual([3, 4, 5, 6]);
  expect(keyOf("good")).toBeUndefined();
  for (const each of keys) expect(JSON.stringify(report)).not.toContain(each.slice(0, 8));
});

test("a slip in a hexadecimal key is told with its place, and not taken for base64", async () => {
  const whole = key();
  const slips = [
    `${whole.slice(0, 20)}g${whole.slice(21)}`,
    `${whole.slice(0, 31)}`,
    `${whole.slice(0, 15)} ${whole.slice(15)}`,
  ];
  const lines = slips.map((slip, at) => `slip-${at},psk,${slip}`);
  const base64 = randomBytes(24).toString("base64");
  const { errors } = await read(["endpoint,mode,key", ...lines, `base64,psk,${base64}`].join("\n"), true);
  expect(errors).toEqual([
    { line: 2, column: "key", message: expect.stringContaining("character 21 of 32 ") },
    { line: 3, column: "key", message: expect.stringContaining("31 digits") },
    { line: 4, column: "key", message: expect.stringContaining("character 16 of 33 ") },
  ]);
});

test("a quote that is open or out of place is told with the line that it is in, however far from the end", async () => {
  const many = Array.from({ length: 3_000 }, (_, at) => `far-${at},psk,${key()}`);
  many[1_234] = `"far,psk,${key()}`;
  many[2_345] = `fa"r,psk,${key()}`;
  const { errors } = await read(["endpoint,mode,key", ...many].join("\n"), true);
  expect(errors.map(({ line }) => line)).toEqual([1_236, 2_347]);
});

test("lights that share a key are told of, and stored all the same; a light may have one key for both its servers", async () => {
  const [shared, own] = [key(), key()];
  const lines = [
    `shared-1,server,${shared}`,
    `shared-2,server,${shared}`,
    `own-1,server,${own}`,
    `own-1,bootstrap,${own}`,
  ];
  const report = await read(`endpoint,purpose,key,mode\n${lines.map((line) => `${line},psk`).join("\n")}`);
  expect(report).toMatchObject({ added: 4, errorCount: 0, warningCount: 1 });
  expect(report.warnings).toEqual([
    { line: 3, column: "key", message: expect.stringContaining("the key of shared-1 in line 2") },
  ]);
  expect(JSON.stringify(report)).not.toContain(shared);
});

test("a key that is one byte over and over is none", async () => {
  const { errors } = await read(`endpoint,mode,key\nzero,psk,${"00".repeat(16)}\nones,psk,${"ff".repeat(32)}`);
  expect(errors.map(({ line, column }) => `${line} ${column}`)).toEqual(["2 key", "3 key"]);
});

test("two lights exchange their identities in one table", async () => {
  const [a, b] = [key(), key()];
  await read(`endpoint,mode,identity,key\nswap-1,psk,s1,${a}\nswap-2,psk,s2,${b}`);
  const exchanged = `endpoint,mode,identity,key\nswap-1,psk,s2,${b}\nswap-2,psk,s1,${a}`;
  expect(await read(exchanged)).toMatchObject({ replaced: 2, errorCount: 0 });
  expect(world.services.security.store.endpointOf("server", bytes("s1"))).toBe("swap-2");
});

test("an identity that a light has for its next key is not given to another, and the line says whose it is", async () => {
  const own = `next-1,psk,next-1,${key()}`;
  await read(`endpoint,mode,identity,key\n${own}`);
  const { credential } = await world.admin.security.rotate({ endpoint: "next-1", how: "by-hand" });
  const csv = `endpoint,mode,identity,key\n${own}\nnext-2,psk,${credential.identity!.text},${key()}`;
  for (const dryRun of [true, false]) {
    const { errors } = await read(csv, dryRun);
    expect(errors).toEqual([{ line: 3, column: "identity", message: "This identity belongs to next-1." }]);
  }
});

test("of a light whose keys are imported again and again the last few are kept, and what it has is never cut off by what it had", async () => {
  const { db } = world.services;
  await read(`endpoint,purpose,mode,key\nagain,bootstrap,psk,${key()}`);
  for (let time = 0; time < 8; time++) await read(`endpoint,mode,key\nagain,psk,${key()}`);
  expect(await db.credential.count({ where: { endpoint: "again" } })).toBe(1 + 1 + 5);
  const [row] = await db.credential.findMany({ where: { endpoint: "again", state: "retired" }, take: 1 });
  // As an installation of before may have them.
  await db.credential.createMany({ data: Array.from({ length: 30 }, (_, at) => ({ ...row!, id: `former-${at}` })) });
  const { credentials } = await world.admin.security.light({ endpoint: "again" });
  expect(credentials.slice(0, 2).map(({ purpose, state }) => `${purpose} ${state}`)).toEqual([
    "server active",
    "bootstrap active",
  ]);
});

test("a public key is one and the same however its point is written", async () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const whole = publicKey.export({ format: "der", type: "spki" });
  const point = whole.subarray(-65);
  const head = Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex");
  const short = Buffer.concat([head, Buffer.from([2 + (point[64]! & 1)]), point.subarray(1, 33)]);
  const given = (endpoint: string, key: Buffer) =>
    world.admin.security.setCredential({ endpoint, mode: "rpk", publicKey: key.toString("hex") });
  await given("point-1", short);
  const [row] = await world.services.db.credential.findMany({ where: { endpoint: "point-1" } });
  expect(Buffer.from(row!.publicKey!).equals(whole)).toBe(true);
  await expect(given("point-2", whole)).rejects.toThrow("belongs to another light");
});
