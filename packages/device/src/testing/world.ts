import { CHANGED, CREATED, DELETED, formatCode, GET, isSuccess, NOT_FOUND, POST, PUT } from "@lamplighter/coap/code";
import { decodeMessage } from "@lamplighter/coap/codec";
import { contentFormat } from "@lamplighter/coap/content-format";
import {
  CoapEndpoint,
  type IncomingRequest,
  type OutgoingRequest,
  type RequestOutcome,
} from "@lamplighter/coap/endpoint";
import { NON } from "@lamplighter/coap/message";
import { Downloads, downloadSegment } from "@lamplighter/lwm2m/downloads";
import { milliseconds, minutes, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { fakeNetwork } from "@lamplighter/simulation/fake-network";
import type { LightIdentity } from "../light-identity.ts";
import { VirtualLight, type VirtualLightOptions } from "../virtual-light.ts";

export const identity: LightIdentity = {
  endpoint: "light-1",
  name: "Harbour Road 1",
  manufacturer: "Lumen Works",
  model: "LC-100",
  hardwareRevision: "B",
  serialNumber: "1",
  firmwareVersion: "1.4.2",
  latitude: 52,
  longitude: 4,
  street: "Harbour Road",
  district: "Harbour",
  feeder: "F1",
  cell: "C1",
  cellId: 1,
};

type Script = Pick<
  VirtualLightOptions,
  | "fault"
  | "severity"
  | "loss"
  | "lifetime"
  | "installTime"
  | "firmwareObject"
  | "lwm2m"
  | "sleep"
  | "software"
  | "delivery"
  | "protocols"
  | "httpGet"
  | "afterPowerCut"
> & {
  readonly seed?: number;
};

/** One light, and a server made of nothing but a CoAP endpoint: it accepts every registration and does what a test says. */
export function world({ seed = 1, ...options }: Script = {}) {
  const clock = new FakeClock();
  const random = seeded(seed);
  const network = fakeNetwork(clock, random, { loss: 0, duplication: 0, delayMax: milliseconds(20) });
  const datagrams: Uint8Array[] = [];
  network.watch(({ from, datagram }) => from === "light:1" && datagrams.push(datagram));
  const server = new CoapEndpoint({ port: network.bind("server:5683"), clock, random });
  /** Images behind the server's addresses, to be fetched over CoAP. */
  const downloads = new Downloads({ secret: new Uint8Array(16), clock });
  const registrations: IncomingRequest[] = [];
  const updates: IncomingRequest[] = [];
  const farewells: IncomingRequest[] = [];
  /** Set to make the server forget its registrations: the next Update is answered 4.04. */
  const memory = { isLost: false };
  server.onRequest((request) => {
    if (request.path[0] === downloadSegment) return downloads.answer(request);
    if (request.path.length === 1 && request.method === POST) {
      registrations.push(request);
      memory.isLost = false;
      return request.respond({ code: CREATED, locationPath: ["rd", `r${registrations.length}`] });
    }
    const list = request.method === POST ? updates : farewells;
    list.push(request);
    if (memory.isLost) return request.respond({ code: NOT_FOUND });
    request.respond({ code: request.method === POST ? CHANGED : DELETED });
  });
  const light = new VirtualLight({
    port: network.bind("light:1"),
    clock,
    random,
    identity,
    server: "server:5683",
    ...options,
  });
  /** Sends a request and turns the clock until its outcome is there. */
  const ask = (request: Omit<OutgoingRequest, "peer">, within = minutes(10)): RequestOutcome => {
    let outcome: RequestOutcome | undefined;
    server.request({ peer: "light:1", ...request }, (result) => {
      outcome = result;
    });
    for (let waited = 0; !outcome && waited < within; waited += 100) clock.advance(milliseconds(100));
    if (!outcome) throw new Error("no outcome in time");
    return outcome;
  };
  const segments = (path: string) => path.split("/").slice(1);
  /** The answer's code, `2.05`, or how it failed. */
  const codeOf = (outcome: RequestOutcome) => (outcome.kind === "response" ? formatCode(outcome.code) : outcome.kind);
  const get = (path: string, accept?: number) =>
    ask({ method: GET, path: segments(path), ...(accept !== undefined && { accept }) });
  const put = (path: string, payload: Uint8Array | string, format: number = contentFormat.text) =>
    codeOf(
      ask({
        method: PUT,
        path: segments(path),
        contentFormat: format,
        payload: typeof payload === "string" ? new TextEncoder().encode(payload) : payload,
      }),
    );
  const readText = (path: string, accept: number = contentFormat.text) => {
    const outcome = get(path, accept);
    return outcome.kind === "response" && outcome.code === 0x45
      ? new TextDecoder().decode(outcome.payload)
      : codeOf(outcome);
  };
  /** The links that a Discover answers, or the code of the refusal. */
  const discover = (path: string, query = "") => {
    const terms = query === "" ? [] : query.split("&");
    const outcome = ask({ method: GET, path: segments(path), query: terms, accept: contentFormat.link });
    const isGood = outcome.kind === "response" && isSuccess(outcome.code);
    return isGood ? new TextDecoder().decode(outcome.payload) : codeOf(outcome);
  };
  /** The types of the messages that the light sent under a token of its server, its answers apart. */
  const sent = (token: Uint8Array) =>
    datagrams.flatMap((datagram) => {
      const { type, token: its } = decodeMessage(datagram);
      return Buffer.from(its).equals(token) && type <= NON ? [type === NON ? "NON" : "CON"] : [];
    });
  const attributes = (path: string, ...query: string[]) => codeOf(ask({ method: PUT, path: segments(path), query }));
  const push = (image: Uint8Array) =>
    ask({ method: PUT, path: ["5", "0", "0"], contentFormat: contentFormat.opaque, payload: image }, minutes(60));
  const execute = (path = "/5/0/2") => codeOf(ask({ method: POST, path: segments(path) }));
  /** Observes a path in text; what is told afterwards gathers in the list that comes back. */
  const observe = (path: string, query: readonly string[] = []) => {
    const told: string[] = [];
    const live = server.observe(
      { peer: "light:1", method: GET, path: segments(path), query, accept: contentFormat.text },
      {
        onResponse: (outcome) => {
          if (outcome.kind === "response" && isSuccess(outcome.code))
            told.push(new TextDecoder().decode(outcome.payload));
        },
        onNotification: ({ payload }) => told.push(new TextDecoder().decode(payload)),
        onEnd: () => {},
      },
    );
    clock.advance(seconds(1));
    return { told, live };
  };
  /** State and Update Result of object 5. */
  const firmware = () => [readText("/5/0/3"), readText("/5/0/5")];
  light.start();
  clock.advance(seconds(20));
  return {
    ...{ clock, light, server, downloads, registrations, updates, farewells, memory },
    ...{ ask, codeOf, get, put, readText, discover, sent, attributes, push, execute, observe, firmware },
  };
}
