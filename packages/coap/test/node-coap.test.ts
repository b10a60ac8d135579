import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, type UdpPort } from "@lamplighter/runtime/udp-port";
import coap, { type IncomingMessage, type ObserveReadStream, type Server } from "coap";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CHANGED, CONTENT, CREATED, GET, POST, PUT } from "../src/code.ts";
import { CoapEndpoint, type OutgoingRequest, type RequestOutcome, type Subscriber } from "../src/endpoint.ts";

/** Interoperability with somebody else's code, over real sockets on the loopback interface. */
const image = Buffer.from(Uint8Array.from({ length: 20_000 }, (_, index) => (index * 7) & 0xff));

let port: UdpPort;
let endpoint: CoapEndpoint;
beforeEach(async () => {
  port = await bindUdp({ host: "127.0.0.1", port: 0 });
  endpoint = new CoapEndpoint({ port, clock: systemClock(), random: { next: Math.random } });
});
afterEach(async () => {
  endpoint.close();
  await port.close();
});

describe("node-coap as the client of ours", () => {
  let agent: coap.Agent;
  let socket: Socket;
  beforeEach(async () => {
    socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    agent = new coap.Agent({ socket });
  });
  // The agent does not call back on closing when the socket was given to it.
  afterEach(() => new Promise<void>((resolve) => socket.close(() => resolve())));

  async function ask(method: "GET" | "POST" | "PUT", pathname: string, payload?: Buffer): Promise<IncomingMessage> {
    const target = { host: "127.0.0.1", port: Number(port.address.split(":")[1]), method, pathname, agent };
    const request = coap.request(target);
    if (payload && payload.length > 1_024) request.setOption("Block1", Buffer.of(6));
    const answered = once(request, "response");
    request.end(payload);
    const [response] = await answered;
    return response as IncomingMessage;
  }

  test("GET, with the path and the content format", async () => {
    endpoint.onRequest((request) => {
      expect(request).toMatchObject({ method: GET, path: ["3", "0"] });
      request.respond({ code: CONTENT, contentFormat: 0, payload: Buffer.from("hello") });
    });
    const response = await ask("GET", "/3/0");
    expect([response.code, response.payload.toString(), response.headers["Content-Format"]]).toEqual([
      "2.05",
      "hello",
      "text/plain",
    ]);
  });

  test("POST, with the location of what was made", async () => {
    endpoint.onRequest((request) => {
      expect([request.method, Buffer.from(request.payload).toString()]).toEqual([POST, "</3/0>"]);
      request.respond({ code: CREATED, locationPath: ["rd", "x1"] });
    });
    const response = await ask("POST", "/rd", Buffer.from("</3/0>"));
    // Its headers keep only the last of a repeated option, so the test reads the list below, which its types do not show.
    const { options } = response as IncomingMessage & { options: readonly { name: string; value: unknown }[] };
    const location = options.filter(({ name }) => name === "Location-Path").map(({ value }) => String(value));
    expect([response.code, location]).toEqual(["2.01", ["rd", "x1"]]);
  });

  test("a separate response", async () => {
    endpoint.close();
    endpoint = new CoapEndpoint({
      port,
      clock: systemClock(),
      random: { next: Math.random },
      limits: { acknowledgeAfter: 0 as never },
    });
    endpoint.onRequest((request) => {
      systemClock().after(40 as never, () => request.respond({ code: CHANGED }));
    });
    expect((await ask("POST", "/slow")).code).toBe("2.04");
  });

  test("Block1, a body of twenty blocks", async () => {
    endpoint.onRequest((request) => {
      expect(request).toMatchObject({ method: PUT, blocks: 20 });
      expect(Buffer.compare(request.payload, image)).toBe(0);
      request.respond({ code: CHANGED });
    });
    expect((await ask("PUT", "/5/0/0", image)).code).toBe("2.04");
  });

  test("Block2, an answer of twenty blocks", async () => {
    endpoint.onRequest((request) => request.respond({ code: CONTENT, payload: image }));
    const response = await ask("GET", "/log");
    expect(Buffer.compare(response.payload, image)).toBe(0);
  });

  test("an observation, from the first value to the reset", async () => {
    let subscriber: Subscriber | undefined;
    endpoint.onRequest((request) => {
      subscriber = request.subscriber;
      request.respond({ code: CONTENT, observe: 1, payload: Buffer.from("v0") });
    });
    const request = coap.request({
      host: "127.0.0.1",
      port: Number(port.address.split(":")[1]),
      pathname: "/1",
      observe: true,
      agent,
    });
    request.end();
    const [stream] = (await once(request, "response")) as [ObserveReadStream];
    const values: string[] = [];
    const both = new Promise<void>((resolve) => {
      stream.on("data", (value: Buffer) => {
        values.push(value.toString());
        if (values.length === 2) resolve();
      });
    });
    const outcome = await new Promise((resolve) => {
      endpoint.notify(subscriber!, { code: CONTENT, payload: Buffer.from("v1") }, resolve);
    });
    await both;
    expect([outcome, values]).toEqual(["delivered", ["v0", "v1"]]);
    stream.close();
    const last = await new Promise((resolve) => {
      endpoint.notify(subscriber!, { code: CONTENT, payload: Buffer.from("v2") }, resolve);
    });
    expect(last).toBe("rejected");
  });
});

describe("node-coap as the server of ours", () => {
  let server: Server;
  let peer: string;
  let socket: Socket;
  beforeEach(async () => {
    server = coap.createServer();
    socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    await new Promise<void>((resolve) => server.listen(socket, () => resolve()));
    peer = `127.0.0.1:${(socket.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const ask = (request: Omit<OutgoingRequest, "peer">) =>
    new Promise<RequestOutcome>((resolve) => endpoint.request({ ...request, peer }, resolve));

  test("GET and POST", async () => {
    server.on("request", (request, response) => {
      response.code = request.method === "GET" ? "2.05" : "2.01";
      response.end(request.method === "GET" ? `got ${request.url}` : request.payload);
    });
    const read = await ask({ method: GET, path: ["a", "b"], query: ["c=d"] });
    expect(read).toMatchObject({ kind: "response", code: CONTENT });
    expect(read.kind === "response" && Buffer.from(read.payload).toString()).toBe("got /a/b?c=d");
    const made = await ask({ method: POST, path: ["a"], payload: Buffer.from("body") });
    expect(made.kind === "response" && Buffer.from(made.payload).toString()).toBe("body");
  });

  test("Block1, a body of twenty blocks", async () => {
    server.on("request", (request, response) => {
      expect(Buffer.compare(request.payload, image)).toBe(0);
      response.code = "2.04";
      response.end();
    });
    expect(await ask({ method: PUT, path: ["5", "0", "0"], payload: image })).toMatchObject({ code: CHANGED });
  });

  test("Block2, an answer of twenty blocks", async () => {
    server.on("request", (_request, response) => response.end(image));
    const outcome = await ask({ method: GET, path: ["log"] });
    expect(outcome.kind === "response" && Buffer.compare(outcome.payload, image)).toBe(0);
  });

  test("an observation, and its end by Observe = 1", async () => {
    let stream: { write(value: string): void } | undefined;
    const ended = new Promise<void>((resolve) => {
      server.on("request", (request, response) => {
        if (request.headers.Observe === 0) {
          stream = response;
          response.write("v0");
          response.on("finish", () => resolve());
        } else {
          response.end("bye");
          resolve();
        }
      });
    });
    const values: string[] = [];
    const text = (payload: Uint8Array) => Buffer.from(payload).toString();
    const observation = await new Promise<{ cancel(done: () => void): void }>((resolve) => {
      const started = endpoint.observe(
        { peer, method: GET, path: ["1"] },
        {
          onResponse: (outcome) => {
            if (outcome.kind === "response") values.push(text(outcome.payload));
            stream?.write("v1");
          },
          onNotification: ({ payload }) => {
            values.push(text(payload));
            resolve(started);
          },
          onEnd: (why) => values.push(why),
        },
      );
    });
    await new Promise<void>((resolve) => observation.cancel(resolve));
    await ended;
    expect(values).toEqual(["v0", "v1", "cancelled"]);
  });
});
