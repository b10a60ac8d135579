import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  Agent,
  createServer,
  type IncomingMessage,
  type OutgoingMessage,
  registerFormat,
  type Server,
  updateTiming,
} from "coap";
import { DownloadWatch } from "./download-watch.ts";
import { checkImage } from "./firmware-image.ts";
import { type FirmwareEvent, type FirmwareMachine, idle, nextFirmware } from "./firmware-machine.ts";
import { protocolNumbers } from "./image-source.ts";
import { AttemptCount, countVersion, type LightCounters, zeroLightCounters } from "./light-counters.ts";
import type { LightIdentity } from "./light-identity.ts";
import { fetchRest, type ReferenceFlash } from "./reference-fetch.ts";
import { DtlsSocket } from "./reference-light-socket.ts";
import type { LightProof } from "./secure-links.ts";
import type { LightPhase } from "./virtual-light.ts";

const tlvFormat = "application/vnd.oma.lwm2m+tlv";
const linkFormat = "application/link-format";
registerFormat(tlvFormat, 11_542);
// node-coap keeps a timer for every answer and 7 kB for every request until the slowest network has forgotten them, four
// minutes later, and a process does not end before. Five seconds of latency are plenty here: it is one minute then, and
// still longer than a server goes on sending a request again.
updateTiming({ maxLatency: 5 });

export interface ReferenceLightOptions {
  readonly identity: LightIdentity;
  readonly server: { readonly host: string; readonly port: number };
  /** Address of this machine to send from. */
  readonly host: string;
  readonly lifetimeSeconds: number;
  readonly installMilliseconds: number;
  /** What it proves itself with, over DTLS; in the clear when absent. */
  readonly proof?: LightProof | undefined;
  /** How it fetches its images; it is sent them when absent. Over HTTP it goes on after a break, over CoAP it begins again. */
  readonly fetches?: "coap" | "http";
}

/** A value of one of its tables; several numbers are a resource with several instances. */
type TableValue = string | number | readonly number[];

interface Answer {
  readonly code: string;
  readonly text?: string;
  readonly tlv?: Buffer;
  readonly links?: string;
}

/**
 * A street light on node-coap: somebody else's CoAP stack and a TLV writer of its own.
 *
 * What it and the server agree on is more likely to be the standard than a mistake of ours. It answers text for single
 * resources and TLV for instances, and sends no notifications of its own accord except for object 5's State and Result.
 */
export class ReferenceLight {
  readonly identity: LightIdentity;
  readonly fault = undefined;
  readonly counters: LightCounters;
  readonly #attempt: AttemptCount;
  readonly #downloads = new DownloadWatch();
  readonly #options: ReferenceLightOptions;
  #socket: Socket | undefined;
  #server: Server | undefined;
  #agent: Agent | undefined;
  #phase: LightPhase = "off";
  #firmware: FirmwareMachine = idle;
  #firmwareVersion: string;
  #level = 100;
  #location = "";
  #timers = new Set<NodeJS.Timeout>();
  #observers = new Map<string, Set<OutgoingMessage>>();
  /** The image that it fetches, as far as it is there. */
  #flash: ReferenceFlash | undefined;
  #hangUp = new AbortController();

  constructor(options: ReferenceLightOptions) {
    this.#options = options;
    this.identity = options.identity;
    this.#firmwareVersion = options.identity.firmwareVersion;
    this.counters = zeroLightCounters(this.#firmwareVersion);
    this.#attempt = new AttemptCount(this.counters);
  }

  get phase(): LightPhase {
    return this.#phase;
  }

  /** Whether it speaks DTLS. */
  get isSecure(): boolean {
    return this.#options.proof !== undefined;
  }

  get firmwareVersion(): string {
    return this.#firmwareVersion;
  }

  get firmware(): FirmwareMachine {
    return this.#firmware;
  }

  async start(): Promise<void> {
    const { proof, server, host } = this.#options;
    if (proof) {
      this.#socket = new DtlsSocket({ server, proof, onHandshake: () => void this.counters.handshakes++ });
    } else {
      this.#socket = createSocket("udp4");
      this.#socket.bind(0, host);
      await once(this.#socket, "listening");
    }
    this.#powerUp();
  }

  /** De-registers, as far as the server answers within `patienceMilliseconds`, and switches the light off. */
  async stop(patienceMilliseconds = 1_000): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    if (this.#phase === "registered") {
      await new Promise<void>((resolve) => {
        this.#after(patienceMilliseconds, resolve);
        this.#request({ method: "DELETE", pathname: this.#location }, () => resolve());
      });
      for (const timer of this.#timers) clearTimeout(timer);
      this.#timers.clear();
    }
    this.#powerDown();
    this.#phase = "off";
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  // One socket for both directions: the server must be answered from the address at which the light registered.
  #powerUp(): void {
    const socket = this.#socket;
    if (!socket) return;
    // Its first connection came with the socket.
    if (socket instanceof DtlsSocket && this.counters.powerUps > 0) socket.renew();
    this.counters.powerUps++;
    socket.on("message", this.#count);
    this.#server = createServer((request: IncomingMessage, response: OutgoingMessage) =>
      this.#answer(request, response),
    );
    this.#server.listen(socket);
    this.#agent = new Agent({ socket });
    countVersion(this.counters, this.#firmwareVersion);
    this.#register();
  }

  #powerDown(): void {
    this.#hangUp.abort();
    this.#hangUp = new AbortController();
    this.#socket?.removeAllListeners("message");
    this.#observers.clear();
    // Neither closes the socket: it is ours. They let go of half-received images and of requests without an answer.
    this.#server?.close();
    this.#agent?.close();
    this.#server = undefined;
    this.#agent = undefined;
  }

  readonly #count = (datagram: Buffer): void => {
    const block = this.#downloads.see(datagram);
    if (!block) return;
    this.counters.blocksArrived++;
    this.counters.bytesArrived += block.bytes;
  };

  #register(): void {
    this.#phase = "registering";
    const links = '</>;rt="oma.lwm2m",</1/0>,</3/0>,</4/0>,</5/0>,</6/0>,</3416/0>';
    const query = `ep=${this.identity.endpoint}&lt=${this.#options.lifetimeSeconds}&lwm2m=1.0&b=U`;
    this.#request(
      { method: "POST", pathname: "/rd", query, format: "application/link-format", payload: links },
      (answer) => {
        if (answer?.code !== "2.01") return this.#after(5_000, () => this.#register());
        // Not `headers`: of an option that comes several times, it keeps the last one alone.
        const options = answer._packet.options ?? [];
        const segments = options.filter(({ name }) => name === "Location-Path").map(({ value }) => String(value));
        this.#location = `/${segments.join("/")}`;
        this.#phase = "registered";
        this.counters.registrations++;
        this.#scheduleUpdate();
        if (this.#flash) this.#fetchLater();
      },
    );
  }

  #scheduleUpdate(): void {
    this.#after(this.#options.lifetimeSeconds * 450, () => {
      this.#request({ method: "POST", pathname: this.#location }, (answer) => {
        if (answer?.code === "2.04") this.#scheduleUpdate();
        else this.#register();
      });
    });
  }

  #request(
    what: { method: "POST" | "DELETE"; pathname: string; query?: string; format?: string; payload?: string },
    done: (answer: IncomingMessage | undefined) => void,
  ): void {
    const agent = this.#agent;
    if (!agent) return;
    let settled = false;
    const settle = (answer: IncomingMessage | undefined) => {
      if (settled || this.#agent !== agent) return;
      settled = true;
      clearTimeout(patience);
      this.#timers.delete(patience);
      done(answer);
    };
    // node-coap gives up silently on some losses; a light must not wait for ever.
    const patience = this.#after(30_000, () => {
      // The server may have forgotten its connection: the next word begins a new one.
      if (this.#socket instanceof DtlsSocket) this.#socket.renew();
      settle(undefined);
    });
    const request = agent.request({
      host: this.#options.server.host,
      port: this.#options.server.port,
      method: what.method,
      pathname: what.pathname,
      ...(what.query && { query: what.query }),
      confirmable: true,
    });
    if (what.format) request.setOption("Content-Format", what.format);
    request.on("response", settle);
    request.on("error", () => settle(undefined));
    request.on("timeout", () => settle(undefined));
    request.end(what.payload ?? "");
  }

  #answer(request: IncomingMessage, response: OutgoingMessage): void {
    const path = request.url.split("?")[0] ?? "";
    if (request.method === "GET") return this.#get(path, request, response);
    if (request.method === "PUT") return this.#reply(response, this.#put(path, request));
    if (request.method === "POST")
      return this.#reply(response, this.#post(path, request._packet.token ?? Buffer.alloc(0)));
    this.#reply(response, { code: "4.05" });
  }

  #get(path: string, request: IncomingMessage, response: OutgoingMessage): void {
    const answer = this.#represent(path, request.headers.Accept);
    if (request.headers.Observe !== 0 || answer.code !== "2.05") return this.#reply(response, answer);
    const observers = this.#observers.get(path) ?? new Set();
    this.#observers.set(path, observers.add(response));
    response.on("finish", () => observers.delete(response));
    response.setOption("Content-Format", answer.tlv ? tlvFormat : "text/plain");
    response.write(answer.tlv ?? answer.text ?? "");
  }

  #reply(response: OutgoingMessage, { code, text, tlv, links }: Answer): void {
    response.code = code;
    if (tlv) response.setOption("Content-Format", tlvFormat);
    else if (links !== undefined) response.setOption("Content-Format", linkFormat);
    else if (text !== undefined) response.setOption("Content-Format", "text/plain");
    response.end(tlv ?? links ?? text ?? "");
  }

  /** What stands at a path, in the format that was asked for; without a wish, text for one value and TLV for more. */
  #represent(path: string, accept: unknown): Answer {
    const answer = this.#read(path);
    if (answer.code !== "2.05" || accept === undefined) return answer;
    const [, object = "", instance, resource] = path.split("/");
    const resources = this.#resources(object) ?? new Map<number, TableValue>();
    if (accept === linkFormat) {
      const all = [...resources.keys()].map((id) => `</${object}/0/${id}>`);
      if (resource !== undefined) return { code: "2.05", links: `<${path}>` };
      return { code: "2.05", links: [...(instance ? [] : [`</${object}>`]), `</${object}/0>`, ...all].join(",") };
    }
    const value = resources.get(Number(resource));
    if (accept === tlvFormat && value !== undefined) {
      return { code: "2.05", tlv: tlvResource(Number(resource), object, value) };
    }
    const isServed = accept === (answer.tlv ? tlvFormat : "text/plain");
    return isServed ? answer : { code: "4.06" };
  }

  #resources(object: string): ReadonlyMap<number, TableValue> | undefined {
    const { identity } = this;
    const tables: Record<string, readonly (readonly [number, TableValue])[]> = {
      1: [
        [0, 1],
        [1, this.#options.lifetimeSeconds],
        [7, "U"],
      ],
      3: [
        [0, identity.manufacturer],
        [1, identity.model],
        [2, identity.serialNumber],
        [3, this.#firmwareVersion],
        [16, "U"],
        [18, identity.hardwareRevision],
      ],
      4: [
        [0, 7],
        [2, -90],
        [8, identity.cellId],
      ],
      5: [
        [1, this.#flash?.uri ?? ""],
        [3, this.#firmware.state],
        [5, this.#firmware.result],
        [9, this.#options.fetches ? 0 : 1],
        ...(this.#options.fetches ? ([[8, [protocolNumbers[this.#options.fetches]]]] as const) : []),
      ],
      6: [
        [0, String(identity.latitude)],
        [1, String(identity.longitude)],
      ],
      3416: [
        [1, this.#level],
        [2, this.#level],
        [3, this.#level],
      ],
    };
    const table = tables[object];
    return table && new Map(table);
  }

  #read(path: string): Answer {
    const [, object = "", instance, resource] = path.split("/");
    const resources = this.#resources(object);
    if (!resources || (instance !== undefined && instance !== "0")) return { code: "4.04" };
    if (resource === undefined) {
      const body = Buffer.concat([...resources].map(([id, value]) => tlvResource(id, object, value)));
      return { code: "2.05", tlv: instance === undefined ? tlv(0, 0, body) : body };
    }
    const value = resources.get(Number(resource));
    if (typeof value === "object") return { code: "2.05", tlv: tlvResource(Number(resource), object, value) };
    if (value !== undefined) return { code: "2.05", text: String(value) };
    return { code: ["5/0", "5/2", "3/4"].includes(`${object}/${resource}`) ? "4.05" : "4.04" };
  }

  #put(path: string, request: IncomingMessage): Answer {
    const { payload } = request;
    if (request.url.includes("?")) return { code: this.#read(path).code === "2.05" ? "2.04" : "4.04" };
    if (path === "/5/0/0") return this.#takePackage(payload);
    if (path === "/5/0/1") return this.#takeUri(payload.toString());
    if (path === "/3416/0/1") {
      const level = Number(payload.toString());
      if (!(level >= 0 && level <= 100)) return { code: "4.00" };
      this.#level = level;
      return { code: "2.04" };
    }
    return { code: this.#read(path).code === "4.04" ? "4.04" : "4.05" };
  }

  #takePackage(payload: Buffer): Answer {
    if (payload.length === 0 || (payload.length === 1 && payload[0] === 0)) {
      return { code: this.#step({ kind: "reset" }) ? "2.04" : "4.05" };
    }
    return { code: this.#takeImage(payload) ? "2.04" : "4.05" };
  }

  #takeImage(image: Buffer): boolean {
    this.#attempt.packageReceived(image.length);
    return this.#step({ kind: "package-received", check: checkImage(image) });
  }

  #takeUri(uri: string): Answer {
    if (uri === "") {
      this.#flash = undefined;
      return { code: this.#step({ kind: "reset" }) ? "2.04" : "4.05" };
    }
    const { fetches } = this.#options;
    if (!fetches) return { code: "4.00" };
    if (!URL.canParse(uri) || new URL(uri).protocol !== `${fetches}:`) {
      return { code: this.#step({ kind: "package-refused", result: 9 }) ? "2.04" : "4.05" };
    }
    if (this.#firmware.state > 1) return { code: "4.05" };
    // It is being fetched from there already, if this is not the first time that it is said.
    if (this.#flash?.uri === uri) return { code: "2.04" };
    this.#flash = { uri, tag: null, bytes: Buffer.alloc(0) };
    this.#fetchLater();
    return { code: "2.04" };
  }

  #fetchLater(milliseconds = 300): void {
    this.#after(milliseconds, () => {
      const flash = this.#flash;
      if (!flash || !this.#step({ kind: "package-begun" })) return;
      if (this.#options.fetches === "coap") this.#fetchByCoap(flash);
      else void this.#fetchByHttp(flash);
    });
  }

  async #fetchByHttp(flash: ReferenceFlash): Promise<void> {
    // It may have registered anew in the middle of an earlier fetch.
    this.#hangUp.abort();
    this.#hangUp = new AbortController();
    const { signal } = this.#hangUp;
    const onBytes = (bytes: number) => {
      this.counters.blocksArrived++;
      this.counters.bytesArrived += bytes;
    };
    const end = await fetchRest(flash, { signal, onBytes });
    if (signal.aborted || this.#flash !== flash) return;
    if (end === "later" || end === "broken") return this.#fetchLater(2_000);
    this.#flash = undefined;
    if (end === "whole") this.#takeImage(flash.bytes);
    else this.#step({ kind: "package-refused", result: 7 });
  }

  /** node-coap asks for one block after the other by itself, and shows only the whole. */
  #fetchByCoap(flash: ReferenceFlash): void {
    const { hostname, port, pathname } = new URL(flash.uri);
    const request = this.#agent?.request({ host: hostname, port: Number(port || 5_683), pathname, method: "GET" });
    if (!request) return;
    let isSettled = false;
    const settle = (answer: IncomingMessage | undefined) => {
      if (isSettled || this.#flash !== flash) return;
      isSettled = true;
      if (!answer || answer.code === "5.03") return void this.#fetchLater(2_000);
      this.#flash = undefined;
      if (answer.code !== "2.05") return void this.#step({ kind: "package-refused", result: 7 });
      this.counters.bytesArrived += answer.payload.length;
      this.#takeImage(answer.payload);
    };
    request.on("response", settle);
    request.on("error", () => settle(undefined));
    request.on("timeout", () => settle(undefined));
    request.end();
  }

  #post(path: string, token: Buffer): Answer {
    if (path === "/3/0/4") {
      this.#after(200, () => this.#reboot(() => {}));
      return { code: "2.04" };
    }
    if (path !== "/5/0/2") return { code: this.#read(path).code === "4.04" ? "4.04" : "4.05" };
    this.#attempt.executed(token.toString("hex"));
    const candidate = this.#firmware.candidate;
    if (!this.#step({ kind: "executed" })) return { code: "4.05" };
    this.#after(200, () =>
      this.#reboot(() => {
        if (candidate) this.#firmwareVersion = candidate;
        this.#step({ kind: "installed", result: 1 });
      }),
    );
    return { code: "2.04" };
  }

  #reboot(beforeReturn: () => void): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#powerDown();
    this.counters.reboots++;
    this.#phase = "rebooting";
    this.#step({ kind: "power-lost", goesOn: this.#flash !== undefined });
    this.#after(this.#options.installMilliseconds, () => {
      beforeReturn();
      this.#powerUp();
    });
  }

  #step(event: FirmwareEvent): boolean {
    const next = nextFirmware(this.#firmware, event);
    if (!next) return false;
    this.#firmware = next;
    for (const path of ["/5/0/3", "/5/0/5"]) {
      for (const observer of this.#observers.get(path) ?? []) observer.write(this.#read(path).text ?? "");
    }
    return true;
  }

  #after(delay: number, wake: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      wake();
    }, delay);
    this.#timers.add(timer);
    return timer;
  }
}

/** Type bits 7–6: 00 object instance, 01 resource instance, 10 and 11 resource with several values and with one (OMA TS Core 1.1 §7.4.3). */
function tlv(kind: 0 | 1 | 2 | 3, id: number, value: Buffer): Buffer {
  const idBytes = id > 255 ? 2 : 1;
  const lengthBytes = value.length < 8 ? 0 : value.length < 256 ? 1 : 2;
  const head = Buffer.alloc(1 + idBytes + lengthBytes);
  head[0] = (kind << 6) | ((idBytes - 1) << 5) | (lengthBytes << 3) | (lengthBytes === 0 ? value.length : 0);
  head.writeUIntBE(id, 1, idBytes);
  if (lengthBytes > 0) head.writeUIntBE(value.length, 1 + idBytes, lengthBytes);
  return Buffer.concat([head, value]);
}

function tlvResource(id: number, object: string, value: TableValue): Buffer {
  if (typeof value === "object") return tlv(2, id, Buffer.concat(value.map((each, at) => tlv(1, at, Buffer.of(each)))));
  if (object === "6") {
    const float = Buffer.alloc(8);
    float.writeDoubleBE(Number(value));
    return tlv(3, id, float);
  }
  if (typeof value === "string") return tlv(3, id, Buffer.from(value));
  const bytes = value >= -128 && value < 128 ? 1 : value >= -32_768 && value < 32_768 ? 2 : 4;
  const integer = Buffer.alloc(bytes);
  integer.writeIntBE(value, 0, bytes);
  return tlv(3, id, integer);
}
