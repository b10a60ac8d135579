import { formatCode } from "@lamplighter/coap/code";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { minutes, seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { BootstrapWorld } from "../testing/bootstrap-world.ts";
import { utf8 } from "../testing/bytes.ts";

const link = (text: string) => ({ code: 0x45, contentFormat: 40, payload: utf8(text) });
const rest = ["DELETE /0", "DELETE /1", "PUT /0/0", "PUT /1/0", "GET /1", "POST /bs"];

test("T49: a client that does not answer what looks like a repetition is sent a new message", async () => {
  const world = new BootstrapWorld();
  const client = world.client();
  let drops = 0;
  // Its first answer is lost, and it stays silent to every retransmission of the same message.
  client.on("PUT /0/0", () => {
    if (drops++ > 0) return { code: 0x44 };
    world.network.partition("192.0.2.7:5683");
    world.clock.after(seconds(1), () => {
      world.network.heal("192.0.2.7:5683");
      world.network.unbind("192.0.2.7:5683");
      const port = world.network.bind("192.0.2.7:5683");
      // What it has heard before, it ignores from now on.
      const seen = new Set(client.requests.map(({ token }) => token.join()));
      const endpoint = new CoapEndpoint({ port, clock: world.clock, random: world.random });
      endpoint.onRequest((request) => {
        client.requests.push(request);
        if (seen.has(request.token.join())) return;
        request.respond({ code: 0x44 });
      });
    });
    return undefined;
  });
  await client.bootstrap();
  await world.pass(minutes(2));
  expect(client.asked.slice(-3)).toEqual(["PUT /1/0", "GET /1", "POST /bs"]);
  expect(world.outcomes).toEqual(["finished"]);
});

test("T58: a client may ask for a pack before it asks by /bs", async () => {
  const world = new BootstrapWorld();
  const client = world.client();
  const { answer, format } = await client.pack(["ep=light-1"], 112);
  expect([answer, format]).toEqual(["2.05", 112]);
  expect(await client.bootstrap()).toBe("2.04");
  expect(world.outcomes).toEqual(["packed", "finished"]);
});

test("T59: a preferred format is optional, and an unknown one means TLV", async () => {
  for (const query of [
    ["ep=light-1"],
    ["ep=light-1", "pct=65001"],
    ["ep=light-1", "pct=zebra"],
    ["pct=11542", "ep=light-1", "x=y"],
  ]) {
    const world = new BootstrapWorld();
    const client = world.client();
    expect(await client.bootstrap(query)).toBe("2.04");
    expect(client.requests.find(({ method }) => method === 3)?.contentFormat).toBe(11542);
    expect(world.outcomes).toEqual(["finished"]);
  }
});

test("T60: the version in a Discover is advice alone, in all its spellings and without a root link", async () => {
  for (const text of [
    'lwm2m="1.0",</0/1>,</3/0>',
    "lwm2m=1.1,</0/1>,</3/0>",
    "</>;lwm2m=1.0,</0/1>,</3/0>",
    "</0/1>,</3/0>,",
  ]) {
    const world = new BootstrapWorld();
    const client = world.client().on("GET /", link(text));
    await client.bootstrap();
    expect(client.asked.slice(1), text).toEqual(rest);
    expect(world.outcomes).toEqual(["finished"]);
  }
});

test("T61: a Finish may be answered long after it was acknowledged, and an error may bring a text", async () => {
  const world = new BootstrapWorld();
  const client = world.client().on("POST /bs", (request) => {
    world.clock.after(seconds(120), () => request.respond({ code: 0x86, payload: utf8("No usable account.") }));
    return undefined;
  });
  await client.bootstrap();
  await world.pass(seconds(125));
  expect(world.outcomes).toEqual(["inconsistent"]);
  expect(client.asked.filter((each) => each === "POST /bs")).toHaveLength(1);
});

test("T62: every write names its content format", async () => {
  const world = new BootstrapWorld();
  const client = world.client();
  await client.bootstrap();
  const writes = client.requests.filter(({ method }) => method === 3);
  expect(writes).toHaveLength(2);
  expect(writes.every(({ contentFormat }) => contentFormat !== undefined)).toBe(true);
});

test("T63: only objects 1 and 2 are read, and a client that cannot be read is finished all the same", async () => {
  const rights = [{ shortServerId: 1, rights: 31 }];
  const world = new BootstrapWorld({ accessControl: [{ object: 3, instance: 0, rights, owner: 65_535 }] });
  const client = world.client().on("GET /1", { code: 0x80 }).on("GET /2", { code: 0xa0 });
  await client.bootstrap();
  expect(client.asked.filter((each) => /^GET \/\d/.test(each))).toEqual(["GET /1", "GET /2"]);
  expect(world.outcomes).toEqual(["finished"]);
});

test("T64: after DELETE / everything that the session needs is written anew", async () => {
  const world = new BootstrapWorld({ deletions: ["/"] });
  const client = world.client().on("GET /", link("</0/0>,</0/1>;ssid=1,</1/0>;ssid=1,</3/0>"));
  await client.bootstrap();
  expect(client.asked).toEqual(["GET /", "DELETE /", "PUT /0/1", "PUT /1/0", "GET /1", "POST /bs"]);
});

test("T65: a client that goes quiet for a while after its account was written is waited for", async () => {
  const world = new BootstrapWorld();
  const client = world.client().on("PUT /0/0", (request) => {
    world.clock.after(seconds(1), () => {
      request.respond({ code: 0x44 });
      world.network.partition("192.0.2.7:5683");
      world.clock.after(seconds(15), () => world.network.heal("192.0.2.7:5683"));
    });
    return undefined;
  });
  await client.bootstrap();
  await world.pass(seconds(60));
  expect(world.outcomes).toEqual(["finished"]);
});

test("T66: a device of version 1.0 that did not ask can be led through by the server", async () => {
  const world = new BootstrapWorld();
  const client = world.client().on("GET /", { code: 0x84 }).on("GET /0", { code: 0x84 });
  expect(await world.server.begin("light-1", "192.0.2.7:5683")).toBe(true);
  await world.pass(seconds(2));
  expect(client.asked).toEqual([
    "GET /",
    "GET /0",
    "DELETE /0",
    "DELETE /1",
    "PUT /0/2",
    "PUT /1/0",
    "GET /1",
    "POST /bs",
  ]);
  expect(world.store.records).toMatchObject([{ trigger: "server", outcome: "finished" }]);
});

test("T67: the address of a server is taken from its configuration, whatever port the bootstrap came by", async () => {
  const world = new BootstrapWorld();
  const client = world.client();
  await client.bootstrap();
  const written = new TextDecoder().decode(
    client.requests.find(({ path }) => path[0] === "0" && path[1] === "0")?.payload,
  );
  expect(written).toContain("coap://192.0.2.1:5683");
});

test("a client that answers everything with errors is told that it is finished, and is not asked for ever", async () => {
  for (const code of [0x80, 0x81, 0x84, 0x85, 0x8f, 0xa0, 0xa3]) {
    const world = new BootstrapWorld();
    const client = world.client();
    for (const each of ["GET /", "GET /0", "DELETE /0", "DELETE /1", "PUT /0/2", "PUT /1/0", "GET /1", "POST /bs"]) {
      client.on(each, { code });
    }
    await client.bootstrap();
    expect(client.asked.at(-1), formatCode(code)).toBe("POST /bs");
    expect(world.outcomes).toEqual(["finish-refused"]);
  }
});

test("an account that cannot be where the client says it is, is written nowhere", async () => {
  const world = new BootstrapWorld({
    deletions: [],
    security: [
      { uri: "coap://192.0.2.2:5783", isBootstrapServer: true, credentials: { mode: "no-sec" } },
      { uri: "coap://192.0.2.1:5683", isBootstrapServer: false, shortServerId: 1, credentials: { mode: "no-sec" } },
    ],
  });
  const client = world.client().on("GET /", link("</0/65535>,</65536/0>,</1/70000>;ssid=1"));
  await client.bootstrap();
  expect(client.asked.filter((asked) => asked.startsWith("PUT"))).toEqual(["PUT /0/2", "PUT /1/0"]);
});
