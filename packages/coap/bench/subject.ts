import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import coap from "coap";
import { CHANGED, NOT_FOUND, POST, PUT } from "../src/code.ts";
import { CoapEndpoint } from "../src/endpoint.ts";

/**
 * The process whose CPU time is measured: one server, chosen by the first argument, told what to do by messages.
 *
 * `start` and `stop` frame a measurement; `push` sends 64 KiB by Block1 to each address and reports when all have it.
 */
type Order = { kind: "start" } | { kind: "stop" } | { kind: "push"; ports: number[]; bytes: number };

export const registrationsMax = 10_000;
const registrationId = (index: number): string => `r${String(index).padStart(9, "0")}`;

/** What a registration update touches in the real server: the registry in memory, and the batch that is written behind. */
function registry() {
  const registrations = new Map<string, { lastSeenAt: number; expiresAt: number }>();
  for (let index = 0; index < registrationsMax; index++) {
    registrations.set(registrationId(index), { lastSeenAt: 0, expiresAt: 0 });
  }
  let batch: { id: string; lastSeenAt: number; expiresAt: number }[] = [];
  setInterval(() => {
    batch = [];
  }, 100).unref();
  return (id: string): boolean => {
    const registration = registrations.get(id);
    if (!registration) return false;
    const lastSeenAt = Date.now();
    registration.lastSeenAt = lastSeenAt;
    registration.expiresAt = lastSeenAt + 86_400_000;
    batch.push({ id, lastSeenAt, expiresAt: registration.expiresAt });
    return true;
  };
}

let push: ((port: number, payload: Buffer) => Promise<void>) | undefined;

const subjects = {
  async raw(): Promise<number> {
    // The floor: what receiving and sending a datagram costs in this runtime, with the name look-up left out as ours does.
    const socket = createSocket({ type: "udp4", lookup: (name, _options, done) => done(null, name, 4) });
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    socket.setRecvBufferSize(4 * 1024 * 1024);
    socket.on("message", (datagram, from) => socket.send(datagram, from.port, from.address));
    return (socket.address() as AddressInfo).port;
  },

  async own(): Promise<number> {
    const port = await bindUdp({ host: "127.0.0.1", port: 0 });
    const endpoint = new CoapEndpoint({ port, clock: systemClock(), random: { next: Math.random } });
    const update = registry();
    endpoint.onRequest((request) => {
      const isKnown = request.method === POST && request.path[0] === "rd" && update(request.path[1] ?? "");
      request.respond({ code: isKnown ? CHANGED : NOT_FOUND });
    });
    const transmission = { ackTimeout: seconds(5), maxRetransmit: 4 };
    push = (peerPort, payload) =>
      new Promise((resolve, reject) => {
        const request = {
          peer: `127.0.0.1:${peerPort}`,
          method: PUT,
          path: ["5", "0", "0"],
          contentFormat: 42,
          payload,
          transmission,
          responseTimeout: milliseconds(60_000),
        };
        endpoint.request(request, (outcome) => {
          if (outcome.kind === "response" && outcome.code === CHANGED) resolve();
          else reject(new Error(`push ended ${JSON.stringify(outcome)}`));
        });
      });
    return Number(port.address.split(":")[1]);
  },

  async "node-coap"(): Promise<number> {
    const update = registry();
    const server = coap.createServer((request, response) => {
      const [, area, id] = request.url.split("/");
      const isKnown = request.method === "POST" && area === "rd" && update(id ?? "");
      response.code = isKnown ? "2.04" : "4.04";
      response.end();
    });
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    socket.setRecvBufferSize(4 * 1024 * 1024);
    if (process.argv[3] === "push") {
      const agent = new coap.Agent({ socket });
      push = (peerPort, payload) =>
        new Promise((resolve, reject) => {
          const request = coap.request({ host: "127.0.0.1", port: peerPort, method: "PUT", pathname: "/5/0/0", agent });
          request.setOption("Content-Format", "application/octet-stream");
          request.setOption("Block1", Buffer.of(6));
          request.on("response", (response) =>
            response.code === "2.04" ? resolve() : reject(new Error(`push ended ${response.code}`)),
          );
          request.on("error", reject);
          request.end(payload);
        });
    } else {
      await new Promise<void>((resolve) => server.listen(socket, () => resolve()));
    }
    return (socket.address() as AddressInfo).port;
  },
};

const subject = subjects[process.argv[2] as keyof typeof subjects];
const port = await subject();
let before = process.cpuUsage();
process.on("message", (order: Order) => {
  if (order.kind === "start") {
    before = process.cpuUsage();
    process.send?.({ kind: "started" });
  } else if (order.kind === "stop") {
    const { user, system } = process.cpuUsage(before);
    process.send?.({ kind: "used", microseconds: user + system });
  } else if (push) {
    const payload = Buffer.alloc(order.bytes, 0x5a);
    const send = push;
    Promise.all(order.ports.map((each) => send(each, payload))).then(
      () => process.send?.({ kind: "pushed" }),
      (error: unknown) => process.send?.({ kind: "failed", why: String(error) }),
    );
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ kind: "ready", port });
