import { contentFormat } from "@lamplighter/coap/content-format";
import { planWrites } from "@lamplighter/lwm2m/bootstrap/plan";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { decodeSmartcardFile, encodeSmartcardFile } from "@lamplighter/lwm2m/bootstrap/smartcard-file";
import { encodeContent } from "@lamplighter/lwm2m/content";
import { instance, object, single } from "@lamplighter/lwm2m/node";
import { integer } from "@lamplighter/lwm2m/value";
import { minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { accountsOf } from "./accounts.ts";
import { answerBootstrap } from "./bootstrap-answers.ts";
import { accountsAt, bootstrapWorld, onlyBootstrap } from "./testing/bootstrap-world.ts";

test("ETS 0, Client Initiated Bootstrap: a light without a server asks, is configured, and registers", async () => {
  const { light, pass, server, outcomes, steps } = await bootstrapWorld();
  light.start();
  await pass(seconds(5));
  expect(outcomes()).toEqual(["finished"]);
  expect(steps()).toEqual([
    "discover / 2.05",
    "delete /0 2.02",
    "delete /1 2.02",
    // Instance 0 is the light's bootstrap account.
    "write /0/1 2.04",
    "write /1/0 2.04",
    "read /1 2.05",
    "finish /bs 2.04",
  ]);
  expect(light.phase).toBe("registered");
  expect(server.find("light-1")?.lifetimeSeconds).toBe(86_400);
});

test("ETS 4, Bootstrap Delete: server accounts go, the bootstrap account stays", async () => {
  const { light, pass, outcomes } = await bootstrapWorld();
  light.start();
  await pass(seconds(5));
  light.cutPower();
  light.start();
  await pass(seconds(5));
  expect(outcomes()).toEqual(["finished"]);
  // The same on the light itself: after DELETE / its bootstrap account is all that is left.
  const held = accountsOf([
    ...onlyBootstrap(),
    ...provisionedObjects(accountsAt()).filter((node) => node.object === 1),
  ]);
  const request = { accept: undefined, contentFormat: undefined, payload: new Uint8Array() };
  const { response, accounts } = answerBootstrap({ ...request, method: 4, path: [] }, held);
  expect(response.code).toBe(0x42);
  expect([...accounts].map(([id, instances]) => [id, instances.size])).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect(answerBootstrap({ ...request, method: 4, path: ["0", "0"] }, held).response.code).toBe(0x80);
});

test("ETS 5, Server Initiated Bootstrap: Execute /1/0/9 sends a light to its bootstrap server, and back", async () => {
  const { light, pass, server, operate, outcomes, store } = await bootstrapWorld();
  light.start();
  await pass(seconds(5));
  const changed = accountsAt();
  store.byDefault = {
    ...{ id: "default", name: "Everybody" },
    configuration: { ...changed, servers: [{ ...changed.servers[0]!, lifetimeSeconds: 600 }] },
  };
  expect(await operate(server.execute("light-1", "/1/0/9"))).toMatchObject({ kind: "ok" });
  await pass(seconds(5));
  expect(outcomes()).toEqual(["finished", "finished"]);
  expect(server.find("light-1")?.lifetimeSeconds).toBe(600);
});

test("ETS 6, Bootstrap Sequence: what a card or a factory gave comes first, and its server is registered with", async () => {
  const { light, pass, outcomes } = await bootstrapWorld(
    decodeSmartcardFile(encodeSmartcardFile(provisionedObjects(accountsAt()))),
  );
  light.start();
  await pass(seconds(5));
  expect(light.phase).toBe("registered");
  expect(outcomes()).toEqual([]);
});

test("ETS 7, Fallback to bootstrap: a light whose server does not exist asks its bootstrap server", async () => {
  const lost = accountsAt("coap://192.0.2.99:5683");
  const bootstrap = { uri: "coap://192.0.2.2:5783", isBootstrapServer: true, credentials: { mode: "no-sec" } as const };
  const { light, pass, outcomes } = await bootstrapWorld(
    provisionedObjects({ ...lost, security: [bootstrap, ...lost.security] }),
  );
  light.start();
  await pass(minutes(6));
  expect(outcomes()).toEqual(["finished"]);
  expect(light.phase).toBe("registered");
});

test("ETS 8, Bootstrap Read: objects 1 and 2 are read back and hold what was written", async () => {
  const rights = [{ shortServerId: 1, rights: 31 }];
  const accessControl = [{ object: 3, instance: 0, rights, owner: 65_535 }];
  const { light, pass, store } = await bootstrapWorld(undefined, accountsAt(undefined, { accessControl }));
  light.start();
  await pass(seconds(5));
  const reads = store.records[0]?.steps.filter(({ operation }) => operation === "read");
  expect(reads?.map(({ path, code, note }) => `${path} ${code} ${note}`)).toEqual([
    "/1 2.05 It holds what was written.",
    "/2 2.05 It holds what was written.",
  ]);
});

test("ETS 9, Bootstrap and Configuration Consistency: Finish is answered 4.06, and the light keeps what it had", async () => {
  const { light, pass, outcomes, store } = await bootstrapWorld();
  // Only a server account, and none to reach it by: our own check would refuse it, a light must too.
  store.byDefault = { id: "x", name: "x", configuration: accountsAt(undefined, { security: [] }) };
  light.start();
  await pass(seconds(5));
  expect(outcomes()).toEqual(["inconsistent"]);
  expect(light.phase).toBe("bootstrapping");
  const held = accountsOf(onlyBootstrap());
  const disableTimeout = encodeContent(object(1, [instance(0, [single(5, integer(86_400))])]), contentFormat.tlv);
  const write = { method: 3, path: ["1"], accept: undefined, contentFormat: 11542, payload: disableTimeout };
  const { accounts } = answerBootstrap(write, held);
  const finish = { method: 2, path: ["bs"], accept: undefined, contentFormat: undefined, payload: new Uint8Array() };
  expect(answerBootstrap(finish, accounts)).toMatchObject({ response: { code: 0x86 }, isFinished: false });
  // Nor with no server at all.
  expect(answerBootstrap(finish, held)).toMatchObject({ response: { code: 0x86 }, isFinished: false });
});

test("ETS 12, Bootstrap-Pack: a light of 1.2 gets everything in one answer, and registers", async () => {
  const { light, pass, outcomes } = await bootstrapWorld(undefined, undefined, { asksForPack: true });
  light.start();
  await pass(seconds(5));
  expect(outcomes()).toEqual(["packed"]);
  expect(light.phase).toBe("registered");
});

test("a light that gets no pack it could live with asks by a Bootstrap-Request", async () => {
  const { light, pass, outcomes, store } = await bootstrapWorld(undefined, undefined, { asksForPack: true });
  const usable = store.byDefault!;
  store.byDefault = { ...usable, configuration: accountsAt("coaps://192.0.2.1") };
  light.start();
  store.configurationFor = async () => (store.records.length === 0 ? store.byDefault : usable);
  await pass(seconds(5));
  expect(outcomes()).toEqual(["packed", "finished"]);
  expect(light.phase).toBe("registered");
});

test("a light is written to in the format that it prefers, and is read back in it", async () => {
  for (const preferredFormat of [contentFormat.senmlCbor, contentFormat.senmlJson]) {
    const { light, pass, outcomes, store } = await bootstrapWorld(undefined, undefined, { preferredFormat });
    light.start();
    await pass(seconds(5));
    expect(outcomes()).toEqual(["finished"]);
    expect(store.records[0]?.steps.find(({ operation }) => operation === "read")?.note).toBe(
      "It holds what was written.",
    );
    expect(light.phase).toBe("registered");
  }
});

test("a light that no configuration is for asks again until there is one", async () => {
  const { light, pass, store, outcomes } = await bootstrapWorld();
  const later = store.byDefault;
  store.byDefault = undefined;
  light.start();
  await pass(minutes(2));
  expect(new Set(outcomes())).toEqual(new Set(["refused"]));
  expect(light.refusal).toMatch(/^bootstrap refused \(4\.\d\d\)$/);
  store.byDefault = later;
  await pass(minutes(2));
  expect(light.phase).toBe("registered");
});

test("a bootstrap that was cut off leaves the light with what it had, and it tries again", async () => {
  const { light, pass, network, outcomes } = await bootstrapWorld();
  const seen: string[] = [];
  network.watch(({ to }) => {
    // After a few datagrams to the light the line is dead for some minutes.
    seen.push(to);
    if (seen.length === 6) network.partition("192.0.2.7:40000");
  });
  light.start();
  await pass(minutes(5));
  expect(light.phase).toBe("bootstrapping");
  network.heal("192.0.2.7:40000");
  await pass(minutes(8));
  expect(outcomes().at(-1)).toBe("finished");
  expect(light.phase).toBe("registered");
});

test("a light that loses its power while it asks has forgotten it when the power is back", async () => {
  for (const asksForPack of [true, false]) {
    const { light, pass, store, network, outcomes } = await bootstrapWorld(undefined, undefined, { asksForPack });
    network.partition("192.0.2.2:5783");
    light.start();
    await pass(seconds(5));
    light.cutPower();
    network.heal("192.0.2.2:5783");
    await pass(minutes(5));
    expect([light.phase, store.records]).toEqual(["dark", []]);
    light.start();
    await pass(minutes(5));
    expect(outcomes()).toEqual([asksForPack ? "packed" : "finished"]);
  }
});

test("what comes from the bootstrap server's address unasked is not allowed", async () => {
  const { light, pass, bootstrapServer, outcomes, store } = await bootstrapWorld();
  light.start();
  await pass(seconds(5));
  expect(await bootstrapServer.begin("light-1", "192.0.2.7:40000")).toBe(true);
  await pass(seconds(5));
  expect(outcomes()).toEqual(["finished", "finish-refused"]);
  expect(new Set(store.records[1]?.steps.map(({ code }) => code))).toEqual(new Set(["4.01"]));
  expect(light.phase).toBe("registered");
});

test("a light in a server account with another instance number registers and answers there", async () => {
  const [account] = planWrites(accountsAt(), undefined);
  expect(account?.node.instance).toBe(2);
  const accounts = provisionedObjects(accountsAt()).map((node) =>
    node.object === 1 ? object(1, [{ ...node.instances.get(0)!, instance: 4 }]) : node,
  );
  const { light, pass, server, operate } = await bootstrapWorld(accounts);
  light.start();
  await pass(seconds(3));
  expect(server.find("light-1")?.objects.find((each) => each.object === 1)?.instances).toEqual([4]);
  expect(await operate(server.read("light-1", "/1/4/0"))).toMatchObject({ kind: "ok" });
});
