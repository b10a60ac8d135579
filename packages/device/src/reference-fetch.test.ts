import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { CHANGED, DELETED, GET, POST, PUT } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { CoapEndpoint, type OutgoingRequest, type RequestOutcome } from "@lamplighter/coap/endpoint";
import { Downloads, downloadSegment } from "@lamplighter/lwm2m/downloads";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, parseAddress } from "@lamplighter/runtime/udp-port";
import { expect, test } from "vitest";
import { buildImage } from "./firmware-image.ts";
import { nodeHttpGet } from "./node-http-get.ts";
import { ReferenceLight } from "./reference-light.ts";
import { identity } from "./testing/world.ts";

const image = buildImage({ version: "2.1.0", bytes: 200_000, seed: 7 });

/** A web server on a free port that breaks off its first answer after `breaksAfter` bytes. */
async function brokenWeb(breaksAfter: number) {
  const asked: IncomingHttpHeaders[] = [];
  let broke = () => {};
  const broken = new Promise<void>((resolve) => (broke = resolve));
  const server = createServer(({ headers }, response) => {
    asked.push(headers);
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    response.setHeader("etag", '"one"');
    response.setHeader("content-length", image.length - from);
    if (from > 0) response.setHeader("content-range", `bytes ${from}-${image.length - 1}/${image.length}`);
    response.statusCode = from > 0 ? 206 : 200;
    if (asked.length > 1) return void response.end(image.subarray(from));
    response.write(image.subarray(0, breaksAfter), () => broke());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ asked, broken, uri: `http://127.0.0.1:${port}/fw/token` },
    breakOff: () => server.closeAllConnections(),
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A server of nothing but a CoAP endpoint with downloads, and a reference light that registered with it. */
async function reference(fetches: "coap" | "http") {
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const clock = systemClock();
  const server = new CoapEndpoint({ port, clock, random: seeded(1) });
  const downloads = new Downloads({ secret: new Uint8Array(16), clock });
  const waiting: ((peer: string) => void)[] = [];
  server.onRequest((request) => {
    if (request.path[0] === downloadSegment) return downloads.answer(request);
    if (request.method !== POST || request.path.length > 1) {
      return request.respond({ code: request.method === POST ? CHANGED : DELETED });
    }
    request.respond({ code: 0x41, locationPath: ["rd", "1"] }, () => waiting.shift()?.(request.peer));
  });
  const registered = () => new Promise<string>((resolve) => waiting.push(resolve));
  const first = registered();
  const light = new ReferenceLight({
    ...{ identity, fetches, server: parseAddress(port.address), host: "127.0.0.1" },
    ...{ lifetimeSeconds: 60, installMilliseconds: 100 },
  });
  await light.start();
  const peer = await first;
  const ask = (request: Omit<OutgoingRequest, "peer">) =>
    new Promise<RequestOutcome>((resolve) => server.request({ peer, ...request }, resolve));
  let toldWhole = () => {};
  const whole = new Promise<void>((resolve) => (toldWhole = resolve));
  const look = ({ payload }: { payload: Uint8Array }) => new TextDecoder().decode(payload) === "2" && toldWhole();
  /** A reboot ends an observation: it begins anew with each registration. */
  const watch = () =>
    new Promise<void>((resolve) => {
      server.observe(
        { peer, method: GET, path: ["5", "0", "3"], accept: contentFormat.text },
        {
          onResponse: (outcome) => {
            if (outcome.kind === "response") look(outcome);
            resolve();
          },
          onNotification: look,
          onEnd: () => {},
        },
      );
    });
  const tell = (uri: string) =>
    ask({
      ...{ method: PUT, path: ["5", "0", "1"], contentFormat: contentFormat.text },
      payload: new TextEncoder().encode(uri),
    });
  return {
    ...{ light, downloads, registered, ask, watch, whole, tell, address: port.address },
    async [Symbol.asyncDispose]() {
      await light.stop();
      server.close();
      await port.close();
    },
  };
}

test("a reference light fetches over HTTP, and after a reboot in the middle goes on with a range", async () => {
  using web = await brokenWeb(90_000);
  await using world = await reference("http");
  expect(await world.ask({ method: GET, path: ["5", "0", "9"] })).toMatchObject({ payload: Uint8Array.of(0x30) });
  await world.watch();
  expect(await world.tell(web.uri)).toMatchObject({ code: CHANGED });
  await web.broken;
  const again = world.registered();
  await world.ask({ method: POST, path: ["3", "0", "4"] });
  await again;
  await world.watch();
  await world.whole;
  expect(web.asked[1]).toMatchObject({ range: "bytes=90000-", "if-range": '"one"' });
  expect(world.light.firmware).toMatchObject({ state: 2, candidate: "2.1.0" });
  expect(world.light.counters).toMatchObject({ packages: 1, bytesArrived: image.length, reboots: 1 });
});

test("a reference light fetches over CoAP, block by block", async () => {
  await using world = await reference("coap");
  const small = buildImage({ version: "2.1.0", bytes: 40_000, seed: 7 });
  const served: number[] = [];
  world.downloads.open({
    ...{ attempt: "job.1", image: small, sha256: "ab".repeat(32), mayContinue: () => true },
    onProgress: (bytesDone) => served.push(bytesDone),
  });
  await world.watch();
  await world.tell(`coap://${world.address}/${world.downloads.pathOf("job.1").join("/")}`);
  await world.whole;
  expect(world.light.firmware).toMatchObject({ state: 2, candidate: "2.1.0" });
  expect(served.length).toBeGreaterThan(30);
});

test("Node's HTTP gives a light the head, the parts and the end of an answer, and a break as one", async () => {
  using web = await brokenWeb(90_000);
  const get = nodeHttpGet();
  const fetched = (from: number, tag?: string) =>
    new Promise<{ heads: unknown[]; bytes: number; how: string }>((resolve) => {
      const heads: unknown[] = [];
      let bytes = 0;
      get(
        { uri: web.uri, from, tag },
        {
          onAnswer: (answer) => void heads.push(answer),
          onPart: (part) => {
            bytes += part.length;
            if (bytes === 90_000) web.breakOff();
          },
          onEnd: (how) => resolve({ heads, bytes, how }),
        },
      );
    });
  const head = { tag: '"one"', bytesTotal: image.length };
  expect(await fetched(0)).toMatchObject({ heads: [{ ...head, status: 200, from: 0 }], bytes: 90_000, how: "broken" });
  expect(await fetched(90_000, '"one"')).toMatchObject({
    ...{ heads: [{ ...head, status: 206, from: 90_000 }], bytes: image.length - 90_000, how: "complete" },
  });
  expect(web.asked[1]).toMatchObject({ range: "bytes=90000-", "if-range": '"one"' });
});
