import { GET, POST } from "@lamplighter/coap/code";
import { decodeMessage } from "@lamplighter/coap/codec";
import { milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { chosenOf } from "../testing/bootstrap.ts";
import { BootstrapWorld } from "../testing/bootstrap-world.ts";
import { recordingsMax } from "./history.ts";
import { bootstrapTimeMax } from "./messages.ts";
import { lookupsMax } from "./server.ts";

const sequence = ["GET /", "DELETE /0", "DELETE /1", "PUT /0/0", "PUT /1/0", "GET /1", "POST /bs"];

test("a device that asks is answered 2.04 first and then led through its configuration", async () => {
  const world = new BootstrapWorld();
  const seen: string[] = [];
  world.network.watch(({ from, datagram }) => {
    const { code } = decodeMessage(datagram);
    if (from.startsWith("192.0.2.2")) seen.push(code === 0x44 ? "2.04" : code < 32 ? "request" : "other");
  });
  const client = world.client();
  expect(await client.bootstrap()).toBe("2.04");
  expect(seen.slice(0, 2)).toEqual(["2.04", "request"]);
  expect(client.asked).toEqual(sequence);
  expect(world.outcomes).toEqual(["finished"]);
  expect(world.server.running).toBe(0);
  expect(world.events.map(({ kind }) => kind)).toEqual(["began", "ended"]);
});

test("a device without a configuration is refused with 4.00, and somebody is told", async () => {
  const world = new BootstrapWorld(undefined);
  world.store.byDefault = undefined;
  const client = world.client();
  expect(await client.bootstrap()).toBe("4.00");
  expect(client.asked).toEqual([]);
  expect(world.events).toMatchObject([{ kind: "refused", endpoint: "light-1", code: "4.00" }]);
  expect(world.outcomes).toEqual(["refused"]);
});

test("requests that cannot be read are answered 4.00; other paths 4.04, other methods 4.05", async () => {
  const world = new BootstrapWorld();
  const client = world.client();
  for (const query of [
    [],
    ["ep="],
    ["ep=a", "ep=b"],
    [`ep=${"x".repeat(256)}`.slice(0, 255), "ep=b"],
    ["ep=a\u0000"],
  ]) {
    expect(await client.bootstrap(query)).toBe("4.00");
  }
  expect(world.server.counters.malformed).toBe(5);
  expect(world.store.records).toEqual([]);
  const outcomes = [
    client.send({ method: 2, path: ["rd"], query: [] }),
    client.send({ method: 1, path: ["bs"], query: [] }),
  ];
  await world.pass(seconds(1));
  expect(outcomes.map((outcome) => outcome().answer)).toEqual(["4.04", "4.05"]);
});

test("of parallel requests of one device the newest wins", async () => {
  const world = new BootstrapWorld();
  const old = world.client("192.0.2.8:5683").on("DELETE /1", () => undefined);
  await old.bootstrap();
  const fresh = world.client("192.0.2.9:5683");
  expect(await fresh.bootstrap()).toBe("2.04");
  expect(fresh.asked).toEqual(sequence);
  expect(world.outcomes).toEqual(["replaced", "finished"]);
  await world.pass(minutes(5));
  expect(old.asked).not.toContain("PUT /0/0");
});

test("a request that is retransmitted, or duplicated by the network, is one bootstrap", async () => {
  const world = new BootstrapWorld();
  world.network.setConditions({ loss: 0, duplication: 1, delayMax: milliseconds(4) });
  const client = world.client();
  expect(await client.bootstrap()).toBe("2.04");
  expect(client.asked).toEqual(sequence);
  expect(world.outcomes).toEqual(["finished"]);
});

test("a device whose 2.04 was lost asks again and is led through once more, to the same end", async () => {
  const world = new BootstrapWorld();
  const client = world.client();
  await client.bootstrap();
  await client.bootstrap();
  expect(client.asked).toEqual([...sequence, ...sequence]);
  expect(world.outcomes).toEqual(["finished", "finished"]);
});

test("two requests at the very same time are one bootstrap, the later one's", async () => {
  const world = new BootstrapWorld();
  const client = world.client();
  const outcomes = [1, 2].map(() => client.send({ method: 2, path: ["bs"], query: ["ep=light-1"] }));
  await world.pass(seconds(1));
  expect(outcomes.map((outcome) => outcome().answer)).toEqual(["2.04", "2.04"]);
  expect(client.asked.slice(-sequence.length)).toEqual(sequence);
  expect(world.server.running).toBe(0);
});

test("after 247 seconds a bootstrap is over, and nothing more is sent", async () => {
  const world = new BootstrapWorld();
  const client = world.client();
  // Acknowledged at once and answered much later: no retransmission ends this.
  for (const slow of ["DELETE /0", "DELETE /1", "PUT /0/0"]) {
    client.on(slow, (request) => {
      world.clock.after(seconds(85), () => request.respond({ code: slow.startsWith("PUT") ? 0x44 : 0x42 }));
      return undefined;
    });
  }
  await client.bootstrap();
  await world.pass(bootstrapTimeMax);
  expect(world.outcomes).toEqual(["too-late"]);
  expect(world.server.running).toBe(0);
  const before = client.asked.length;
  await world.pass(minutes(2));
  expect(client.asked).toHaveLength(before);
});

test("a silent device ends its bootstrap in time, and the history says where", async () => {
  const world = new BootstrapWorld();
  const client = world.client().on("PUT /0/0", () => undefined);
  await client.bootstrap();
  world.network.partition("192.0.2.7:5683");
  await world.pass(seconds(100));
  expect(world.outcomes).toEqual(["silent"]);
  expect(world.store.records[0]?.steps.at(-1)).toMatchObject({ operation: "write", path: "/0/0" });
});

test("a store that fails is answered 5.03, and the device may come again", async () => {
  const world = new BootstrapWorld();
  const find = world.store.configurationFor.bind(world.store);
  world.store.configurationFor = () => Promise.reject(new Error("down"));
  const client = world.client();
  expect(await client.bootstrap()).toBe("5.03");
  world.store.configurationFor = find;
  expect(await client.bootstrap()).toBe("2.04");
  expect(world.outcomes).toEqual(["finished"]);
});

test("a stopping server ends its bootstraps and says so in the history", async () => {
  const world = new BootstrapWorld();
  const client = world.client().on("PUT /0/0", () => undefined);
  await client.bootstrap();
  const record = world.store.record.bind(world.store);
  let written = () => {};
  world.store.record = (one) => new Promise<void>((resolve) => (written = resolve)).then(() => record(one));
  let isStopped = false;
  const stopped = world.server.stop().then(() => (isStopped = true));
  await world.pass(seconds(1));
  expect(isStopped).toBe(false);
  written();
  await stopped;
  expect(world.outcomes).toEqual(["stopped"]);
  await world.pass(minutes(1));
  expect(world.server.running).toBe(0);
});

test("a store that is slow to write loses records beyond a bound, and they are counted", async () => {
  const world = new BootstrapWorld();
  world.store.byDefault = undefined;
  let asked = 0;
  world.store.record = () => new Promise(() => void asked++);
  const client = world.client();
  for (let count = 0; count < recordingsMax + 3; count++) {
    client.send({ method: 2, path: ["bs"], query: [`ep=made-up-${count}`] });
    if (count % 50 === 0) await world.pass(seconds(1));
  }
  await world.pass(seconds(20));
  expect(asked).toBe(recordingsMax);
  expect(world.server.counters.recordsDropped).toBe(3);
});

test("each device gets its own configuration", async () => {
  const world = new BootstrapWorld();
  world.store.devices.set("light-2", chosenOf({ deletions: ["/"] }, "own"));
  const client = world.client();
  await client.bootstrap(["ep=light-2"]);
  expect(client.asked[1]).toBe("DELETE /");
  expect(world.store.records[0]?.configurationName).toBe("own");
});

test("one name asked for without end costs a bounded number of lookups: the rest is told to come later", async () => {
  const world = new BootstrapWorld();
  let lookups = 0;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  world.store.configurationFor = async () => {
    lookups++;
    await answered;
    return chosenOf();
  };
  const strangers = Array.from({ length: 8 }, (_, index) => world.client(`192.0.2.${50 + index}:5683`));
  const answers = strangers.flatMap((client) =>
    Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0
        ? client.send({ method: POST, path: ["bs"], query: ["ep=light-1"] })
        : client.send({ method: GET, path: ["bspack"], query: ["ep=light-1"] }),
    ),
  );
  // Each asks one after the other: what is acknowledged first leaves room for the next.
  await world.pass(seconds(60));
  expect(lookups).toBe(lookupsMax);
  expect(answers.filter((each) => each().answer === "5.03")).toHaveLength(400 - lookupsMax);
  answer();
  await world.pass(seconds(2));
  expect(await world.client().bootstrap(["ep=light-2"])).toBe("2.04");
});
