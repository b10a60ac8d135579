import { text } from "@lamplighter/lwm2m/value";
import { expect, test } from "vitest";
import { buildImage } from "./firmware-image.ts";
import { secureWorld, serverAddress } from "./testing/secure-world.ts";

test("a light with a key registers over DTLS, and nothing of it is in the clear", async () => {
  const { light, network, pass, server, events } = await secureWorld();
  const seen: string[] = [];
  network.watch(({ datagram }) => seen.push(Buffer.from(datagram).toString("latin1")));
  light.start();
  await pass(5_000, () => light.phase === "registered");
  expect(light.phase).toBe("registered");
  expect(server.find("light-1")?.authenticated).toBe(true);
  expect(events.map(({ kind }) => kind)).toEqual(["connected"]);
  expect(seen.some((datagram) => datagram.includes("ep=light-1"))).toBe(false);
  expect([light.counters.handshakes, light.counters.powerUps]).toEqual([1, 1]);
});

test("an image comes through while the light's address changes in the middle, over a radio that loses a tenth, with one handshake", async () => {
  const { light, pass, server, moves, dtls } = await secureWorld({
    conditions: { loss: 0.1, duplication: 0.05 },
    seed: 3,
  });
  light.start();
  await pass(60_000, () => light.phase === "registered");
  const image = buildImage({ version: "2.0.0", bytes: 120_000, seed: 1 });
  let outcome: string | undefined;
  void server.writeOpaque("light-1", "/5/0/0", image, {}).then(({ kind }) => {
    outcome = kind;
  });
  for (let move = 1; move <= 3; move++) {
    const blocks = light.counters.blocksArrived;
    await pass(120_000, () => light.counters.blocksArrived >= blocks + 5);
    expect(outcome).toBeUndefined();
    moves();
  }
  await pass(600_000, () => outcome !== undefined);
  expect(light.firmware.state).toBe(2);
  expect(dtls.counters.addressMoves).toBeGreaterThanOrEqual(2);
  expect(light.counters.handshakes).toBe(1);
});

test("each time it is switched on a light makes one new connection, and registers over it", async () => {
  const { light, pass, server } = await secureWorld();
  light.start();
  await pass(5_000, () => light.phase === "registered");
  for (let times = 2; times <= 3; times++) {
    light.cutPower();
    await pass(2_000);
    light.start();
    await pass(10_000, () => light.phase === "registered");
    expect([light.counters.handshakes, light.counters.powerUps]).toEqual([times, times]);
  }
  expect(server.registrationCount).toBe(1);
});

test("a light to which the server is deaf gives its connection up after an Update and a Register without an answer, and makes a new one", async () => {
  const { light, network, pass } = await secureWorld();
  light.start();
  await pass(5_000, () => light.phase === "registered");
  network.partition(serverAddress);
  await pass(300_000, () => light.phase !== "registered");
  expect(light.phase).toBe("registering");
  // One exchange may come to nothing over a bad radio; two in a row do not.
  await pass(200_000);
  network.heal(serverAddress);
  await pass(120_000, () => light.phase === "registered");
  expect(light.counters.handshakes).toBe(2);
});

test("over a radio that loses a fifth each way, and sends some twice, a light comes to one connection and keeps it", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { light, pass, registers, server } = await secureWorld({ conditions: { loss: 0.2, duplication: 0.1 }, seed });
    await registers();
    expect([seed, light.phase]).toEqual([seed, "registered"]);
    await pass(600_000);
    expect([seed, light.counters.handshakes, server.registrationCount]).toEqual([seed, 1, 1]);
  }
});

test("a reboot that the server orders costs one connection, and so does one after an installation", async () => {
  const { light, pass, registers, server } = await secureWorld();
  await registers();
  const rebooted = server.execute("light-1", "/3/0/4");
  await pass(30_000, () => light.counters.registrations === 2);
  expect(await rebooted).toMatchObject({ kind: "ok" });
  const image = buildImage({ version: "2.0.0", bytes: 20_000, seed: 1 });
  const written = server.writeOpaque("light-1", "/5/0/0", image, {});
  await pass(60_000, () => light.firmware.state === 2);
  expect(await written).toMatchObject({ kind: "ok" });
  const executed = server.execute("light-1", "/5/0/2");
  await pass(30_000, () => light.counters.registrations === 3);
  expect(await executed).toMatchObject({ kind: "ok" });
  expect([light.firmwareVersion, light.counters.handshakes, light.counters.reboots]).toEqual(["2.0.0", 3, 2]);
});

test("an image that a light fetches over DTLS comes whole over a change of address and a power cut, and nothing of it is in the clear", async () => {
  const image = buildImage({ version: "2.0.0", bytes: 60_000, seed: 1 });
  const { light, network, pass, server, moves, downloads } = await secureWorld({ fetches: true });
  light.start();
  await pass(5_000, () => light.phase === "registered");
  const inTheClear: string[] = [];
  const signature = Buffer.from(image.subarray(2_000, 2_016)).toString("latin1");
  network.watch(({ datagram }) => {
    const seen = Buffer.from(datagram).toString("latin1");
    if (seen.includes("/fw/") || seen.includes(signature)) inTheClear.push(seen);
  });
  downloads.open({
    ...{ attempt: "job.1", image, sha256: "ab".repeat(32), mayContinue: () => true, onProgress: () => {} },
  });
  const address = [`coaps://${serverAddress}`, ...downloads.pathOf("job.1")].join("/");
  void server.write("light-1", "/5/0/1", text(address));
  await pass(60_000, () => light.counters.blocksArrived >= 10);
  moves();
  await pass(60_000, () => light.counters.blocksArrived >= 30);
  light.cutPower();
  await pass(2_000);
  light.start();
  await pass(120_000, () => light.firmware.state === 2);
  expect(light.firmware).toMatchObject({ state: 2, candidate: "2.0.0" });
  expect(light.counters.bytesArrived).toBe(image.length);
  expect(light.counters.handshakes).toBe(light.counters.powerUps);
  expect(inTheClear).toEqual([]);
});

test("a light that was switched off, while nobody answered it, says nothing more", async () => {
  const { light, network, pass } = await secureWorld();
  network.partition(serverAddress);
  light.start();
  await pass(10_000);
  light.stop();
  await pass(10_000);
  const said: string[] = [];
  network.watch(({ to }) => said.push(to));
  await pass(300_000);
  expect(said).toEqual([]);
});

test("a light refuses an address over DTLS of a server that it has no key for", async () => {
  const { light, network, pass, server } = await secureWorld({ fetches: true });
  light.start();
  await pass(5_000, () => light.phase === "registered");
  const strangers: string[] = [];
  network.watch(({ to }) => to === "192.0.2.9:5684" && strangers.push(to));
  void server.write("light-1", "/5/0/1", text("coaps://192.0.2.9/fw/token"));
  await pass(10_000);
  expect(light.firmware).toMatchObject({ state: 0, result: 9 });
  expect(strangers).toEqual([]);
});
