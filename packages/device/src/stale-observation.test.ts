import { GET, PUT } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { MemoryRegistrationStore } from "@lamplighter/lwm2m/memory-registration-store";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { singleValue } from "@lamplighter/lwm2m/node";
import { Lwm2mServer } from "@lamplighter/lwm2m/server";
import { integer } from "@lamplighter/lwm2m/value";
import { type Duration, milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import { expect, test } from "vitest";
import { mortal } from "./testing/mortal.ts";
import { movingPort } from "./testing/moving-port.ts";
import { identity } from "./testing/world.ts";
import { VirtualLight } from "./virtual-light.ts";

const levelPath = "/3416/0/1";

/** A light on a path that carries everything, observed by a real server; `heard` is every level that the server was told. */
async function observedLight() {
  const clock = new FakeClock();
  const network = fakeNetwork(clock, seeded(1), { loss: 0, duplication: 0, delayMax: milliseconds(20) });
  const port = network.bind("server:5683");
  const heard: number[] = [];
  const store = new MemoryRegistrationStore();
  const wake = async (at: typeof port) => {
    const life = mortal(clock, at);
    const endpoint = new CoapEndpoint({ ...life, random: seeded(clock.monotonic() + 2) });
    const server = new Lwm2mServer({
      endpoint,
      clock: life.clock,
      random: seeded(3),
      store,
      enrol: () => "accept",
      models: knownObjects(),
      onEvent: (event) => {
        if (event.kind === "value") heard.push(Number(singleValue(event.node)?.value));
      },
    });
    await server.start();
    return { life, server };
  };
  let { life, server } = await wake(port);
  const lightPort = movingPort(network, "10.0.0.1:5683");
  const light = new VirtualLight({
    ...{ port: lightPort, clock, random: seeded(4), identity, server: "server:5683", lifetime: minutes(10) },
  });
  const pass = async (span: Duration) => {
    for (let passed = 0; passed < span; passed += 100) {
      clock.advance(milliseconds(100));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const wait = (span: Duration) => new Promise<void>((resolve) => void clock.after(span, resolve));
  const dim = async (level: number) => {
    void server.write("light-1", levelPath, integer(BigInt(level)));
    await pass(seconds(5));
  };
  const cabinet = new CoapEndpoint({ port: network.bind("cabinet:1"), clock, random: seeded(5) });
  /** Somebody other than the server changes the level. */
  const dimAtTheCabinet = async (level: number) => {
    const payload = new TextEncoder().encode(String(level));
    const request = { method: PUT, path: ["3416", "0", "1"], contentFormat: contentFormat.text, payload };
    cabinet.request({ peer: lightPort.outside, ...request }, () => {});
    await pass(seconds(1));
  };
  light.start();
  await pass(seconds(20));
  void server.observe("light-1", levelPath);
  await pass(seconds(2));
  return {
    ...{ network, port, heard, light, lightPort, pass, dim, dimAtTheCabinet },

    /** The server goes, as by kill -9, and comes back after a while. */
    away: async (span: Duration) => {
      life.kill();
      network.unbind("server:5683");
      await wait(span);
      ({ life, server } = await wake(network.bind("server:5683")));
    },
  };
}

test("a late copy of an older Observe that takes the newer one's place does not silence a light", async () => {
  const sent: { readonly to: string; readonly datagram: Uint8Array }[] = [];
  const { network, port, heard, light, pass, dim } = await observedLight();
  network.watch(({ from, to, datagram }) => {
    const isObserve = datagram[1] === GET && Buffer.from(datagram).includes(Buffer.from([0x60, 0x54]));
    if (from === "server:5683" && isObserve) sent.push({ to, datagram: datagram.slice() });
  });
  // The first reboot has the light observed anew; the second does so again, and forgets which datagrams it has had.
  for (let reboot = 0; reboot < 2; reboot++) {
    light.cutPower();
    light.start();
    await pass(seconds(20));
  }
  expect(sent).toHaveLength(2);
  await dim(61);
  expect(heard.at(-1)).toBe(61);
  const [late] = sent;
  if (late) port.send(late.to, late.datagram);
  await pass(seconds(1));
  for (const level of [62, 63, 64]) {
    await dim(level);
    expect(heard.at(-1)).toBe(level);
  }
});

test("a light that gave up telling while the server was away is heard again after its next Update", async () => {
  const { heard, pass, dim, dimAtTheCabinet, away } = await observedLight();
  await dim(61);
  void away(minutes(4));
  await dimAtTheCabinet(62);
  await pass(minutes(8));
  expect(heard.at(-1)).toBe(62);
  await dim(63);
  expect(heard.at(-1)).toBe(63);
});

test("a light whose address changed, and that gave up telling from there, is heard again after its next Update", async () => {
  const { heard, lightPort, pass, dim, dimAtTheCabinet } = await observedLight();
  await dim(61);
  lightPort.moveTo("10.0.0.1:40000");
  await dimAtTheCabinet(62);
  await pass(minutes(2));
  expect(heard.at(-1)).toBe(61);
  await pass(minutes(3));
  expect(heard.at(-1)).toBe(62);
  await dim(63);
  expect(heard.at(-1)).toBe(63);
});
