import { createSocket } from "node:dgram";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import {
  Agent,
  createServer,
  type IncomingMessage,
  type ObserveWriteStream,
  type OutgoingMessage,
  request,
  type Server,
} from "coap";
import { afterEach, expect, test } from "vitest";
import { MemoryRegistrationStore } from "./memory-registration-store.ts";
import { knownObjects } from "./models/known-objects.ts";
import { instance, single } from "./node.ts";
import { Lwm2mServer, type ServerEvent } from "./server.ts";
import { readSenmlCbor, senmlCbor } from "./testing/peer-encoding.ts";
import { boolean, integer, text } from "./value.ts";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Our server on a real socket, and events as they come. */
async function ourServer() {
  const clock = systemClock();
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const endpoint = new CoapEndpoint({ port, clock, random: seeded(1) });
  const listeners = new Set<(event: ServerEvent) => void>();
  const server = new Lwm2mServer({
    endpoint,
    clock,
    random: seeded(2),
    store: new MemoryRegistrationStore(),
    enrol: () => "accept",
    models: knownObjects(),
    onEvent: (event) => {
      for (const listener of listeners) listener(event);
    },
  });
  await server.start();
  ends.push(async () => {
    await server.stop();
    endpoint.close();
    await port.close();
  });
  const until = (wanted: (event: ServerEvent) => boolean) =>
    new Promise<ServerEvent>((resolve) => {
      const listener = (event: ServerEvent) => {
        if (!wanted(event)) return;
        listeners.delete(listener);
        resolve(event);
      };
      listeners.add(listener);
    });
  return { server, port: Number(port.address.split(":")[1]), until };
}

/** A device built on somebody else's CoAP. */
async function nodeCoapDevice() {
  let level = 40;
  let observer: ObserveWriteStream | undefined;
  const written: Buffer[] = [];
  const asked: string[] = [];
  const device: Server = createServer({ type: "udp4" }, (incoming: IncomingMessage, answer: OutgoingMessage) => {
    const { method, headers, url } = incoming;
    const observe = headers.Observe === undefined ? "" : ` observe ${Number(headers.Observe)}`;
    asked.push(
      `${method} ${url}${incoming.payload.length > 0 ? ` ${incoming.payload.toString("latin1")}` : ""}${observe}`,
    );
    if (method === "FETCH") {
      // Whatever was asked for together, it tells two values.
      answer.setOption("Content-Format", 112);
      const told = senmlCbor([
        { path: "/3/0/3", value: "1.4.0" },
        { path: "/3311/0/5851", value: level },
      ]);
      if (headers.Observe !== 0) return answer.end(Buffer.from(told));
      observer = answer as unknown as ObserveWriteStream;
      return observer.write(Buffer.from(told));
    }
    if (method === "iPATCH") {
      written.push(incoming.payload);
      answer.code = "2.04";
      return answer.end();
    }
    if (method === "POST" || method === "DELETE") {
      answer.code = method === "DELETE" ? "2.02" : url === "/3303" ? "2.01" : "2.04";
      return answer.end();
    }
    if (method === "GET" && headers.Accept === "application/link-format") {
      answer.setOption("Content-Format", "application/link-format");
      return answer.end("</3311/0>;pmin=1,</3311/0/5851>");
    }
    answer.setOption("Content-Format", "text/plain");
    if (incoming.method === "PUT") {
      written.push(incoming.payload);
      if (incoming.url === "/3311/0/5851") level = Number(incoming.payload.toString());
      answer.code = "2.04";
      answer.end();
    } else if (incoming.headers.Observe === 0) {
      observer = answer as unknown as ObserveWriteStream;
      observer.write(String(level));
    } else {
      answer.end(incoming.url === "/3/0/3" ? "1.4.0" : String(level));
    }
  });
  // One socket for both roles: requests reach a device at the port that it registered from.
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => device.listen(socket, () => resolve()));
  const agent = new Agent({ type: "udp4", socket });
  ends.push(() => new Promise<void>((resolve) => device.close(() => socket.close(() => resolve()))));
  return {
    written,
    asked,
    port: socket.address().port,
    set(value: number) {
      level = value;
      observer?.write(String(value));
    },
    ask(serverPort: number, pathname: string, query: string, payload: string | Buffer, contentFormat = 40) {
      return new Promise<IncomingMessage>((resolve, reject) => {
        const asking = request({ host: "127.0.0.1", port: serverPort, method: "POST", pathname, query, agent });
        asking.setOption("Content-Format", contentFormat);
        asking.on("response", resolve);
        asking.on("error", reject);
        asking.end(payload);
      });
    },
  };
}

async function registeredDevice() {
  const ours = await ourServer();
  const device = await nodeCoapDevice();
  const registered = ours.until(({ kind }) => kind === "registered");
  const links = "</1/0>,</3/0>,</5/0>,</3303/0>,</3311/0>";
  const answer = await device.ask(ours.port, "/rd", "ep=light-1&lt=300&lwm2m=1.1&b=U", links);
  expect(answer.code).toBe("2.01");
  await registered;
  return { ...ours, device };
}

test("a device on somebody else's CoAP is executed, discovered, created at, deleted from and given attributes", async () => {
  const { server, device } = await registeredDevice();
  const ok = { kind: "ok" };
  expect(await server.execute("light-1", "/3/0/4")).toMatchObject(ok);
  expect(await server.execute("light-1", "/5/0/2", "0='now'")).toMatchObject(ok);
  expect(await server.discover("light-1", "/3311/0")).toMatchObject({
    ...ok,
    value: [{ target: "/3311/0", attributes: { pmin: "1" } }, { target: "/3311/0/5851" }],
  });
  expect(await server.create("light-1", 3303, instance(7, [single(5750, text("roof"))]))).toMatchObject(ok);
  expect(await server.delete("light-1", "/3303/7")).toMatchObject(ok);
  expect(await server.writeAttributes("light-1", "/3311/0/5851", { pmin: 5, gt: 60.5, st: null })).toMatchObject(ok);
  expect(device.asked).toEqual([
    "POST /3/0/4",
    "POST /5/0/2 0='now'",
    "GET /3311/0",
    "POST /3303 \x07\x07\xe4\x16vroof",
    "DELETE /3303/7",
    "PUT /3311/0/5851?pmin=5&gt=60.5&st",
  ]);
});

test("a device on somebody else's CoAP is read, written and observed at several places at once", async () => {
  const { server, device } = await registeredDevice();
  const two = ["/3/0/3", "/3311/0/5851"];
  const both = { kind: "ok", value: two.map((path) => ({ path })) };
  expect(await server.readComposite("light-1", two)).toMatchObject(both);
  const contents = [
    { path: "/3311/0/5850", content: boolean(true) },
    { path: "/3311/0/5851", content: integer(70) },
  ];
  expect(await server.writeComposite("light-1", contents)).toMatchObject({ kind: "ok" });
  expect(readSenmlCbor(device.written[0] ?? Buffer.of())).toEqual([
    { path: "/3311/0/5850", value: true },
    { path: "/3311/0/5851", value: 70 },
  ]);
  expect(await server.observeComposite("light-1", two)).toMatchObject(both);
  expect(server.observedPaths("light-1")).toEqual([two.join(" ")]);
});

test("a device on somebody else's CoAP sends values of its own accord", async () => {
  const { device, port, until } = await registeredDevice();
  const told = until((event) => event.kind === "value");
  const values = Buffer.from(senmlCbor([{ path: "/3311/0/5851", value: 33 }]));
  expect((await device.ask(port, "/dp", "", values, 112)).code).toBe("2.04");
  expect(await told).toMatchObject({ path: "/3311/0/5851", source: "notify", node: single(5851, integer(33)) });
});

test("a device on somebody else's CoAP is told to end an observation", async () => {
  const { server, device } = await registeredDevice();
  expect(await server.observe("light-1", "/3311/0/5851")).toMatchObject({ kind: "ok" });
  expect(await server.cancelObservation("light-1", "/3311/0/5851")).toMatchObject({ kind: "ok" });
  expect(device.asked).toEqual(["GET /3311/0/5851 observe 0", "GET /3311/0/5851 observe 1"]);
  expect(server.observedPaths("light-1")).toEqual([]);
});

test("a device on somebody else's CoAP registers, is read, written, pushed to and observed", async () => {
  const { server, port, until } = await ourServer();
  const device = await nodeCoapDevice();
  const registered = until(({ kind }) => kind === "registered");
  const answer = await device.ask(port, "/rd", "ep=light-1&lt=300&lwm2m=1.0&b=U", "</1/0>,</3/0>,</5/0>,</3311/0>");
  expect(answer.code).toBe("2.01");
  await registered;
  expect(server.find("light-1")?.address).toBe(`127.0.0.1:${device.port}`);

  const transmission = { ackTimeout: milliseconds(200) };
  expect(await server.read("light-1", "/3/0/3", { transmission })).toMatchObject({
    kind: "ok",
    value: single(3, text("1.4.0")),
  });
  expect(await server.write("light-1", "/3311/0/5851", integer(70))).toMatchObject({ kind: "ok" });
  expect(await server.observe("light-1", "/3311/0/5851")).toMatchObject({
    kind: "ok",
    value: single(5851, integer(70)),
  });
  const told = until((event) => event.kind === "value" && event.source === "notify");
  device.set(25);
  expect(await told).toMatchObject({ path: "/3311/0/5851", node: single(5851, integer(25)) });

  const image = Buffer.from(Uint8Array.from({ length: 3_000 }, (_, index) => index & 0xff));
  expect(await server.writeOpaque("light-1", "/5/0/0", image, { blockSize: 512 })).toMatchObject({ kind: "ok" });
  expect(device.written.at(-1)?.equals(image)).toBe(true);
});
