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
import type { FirmwareMachine } from "./firmware-machine.ts";
import { AttemptCount, countVersion, type LightCounters, zeroLightCounters } from "./light-counters.ts";
import type { LightIdentity } from "./light-identity.ts";
import { ReferenceFirmware } from "./reference-firmware.ts";
import { DtlsSocket } from "./reference-light-socket.ts";
import {
  linkFormat,
  type ReferenceAnswer,
  type ReferenceTables,
  readTables,
  referenceTables,
  represented,
  tlvFormat,
} from "./reference-tables.ts";
import type { LightProof } from "./secure-links.ts";
import type { LightPhase } from "./virtual-light.ts";

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
  readonly #firmware: ReferenceFirmware;
  #firmwareVersion: string;
  #level = 100;
  #location = "";
  #timers = new Set<NodeJS.Timeout>();
  #observers = new Map<string, Set<OutgoingMessage>>();

  constructor(options: ReferenceLightOptions) {
    this.#options = options;
    this.identity = options.identity;
    this.#firmwareVersion = options.identity.firmwareVersion;
    this.counters = zeroLightCounters(this.#firmwareVersion);
    this.#attempt = new AttemptCount(this.counters);
    this.#firmware = new ReferenceFirmware({
      fetches: options.fetches,
      counters: this.counters,
      attempt: this.#attempt,
      after: (delay, wake) => void this.#after(delay, wake),
      agent: () => this.#agent,
      changed: () => this.#tell(["/5/0/3", "/5/0/5"]),
    });
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
    return this.#firmware.machine;
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
    this.#firmware.hangUp();
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
        this.#firmware.goOn();
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
    const answer = represented(this.#tables(), path, request.headers.Accept);
    if (request.headers.Observe !== 0 || answer.code !== "2.05") return this.#reply(response, answer);
    const observers = this.#observers.get(path) ?? new Set();
    this.#observers.set(path, observers.add(response));
    response.on("finish", () => observers.delete(response));
    response.setOption("Content-Format", answer.tlv ? tlvFormat : "text/plain");
    response.write(answer.tlv ?? answer.text ?? "");
  }

  #reply(response: OutgoingMessage, { code, text, tlv, links }: ReferenceAnswer): void {
    response.code = code;
    if (tlv) response.setOption("Content-Format", tlvFormat);
    else if (links !== undefined) response.setOption("Content-Format", linkFormat);
    else if (text !== undefined) response.setOption("Content-Format", "text/plain");
    response.end(tlv ?? links ?? text ?? "");
  }

  #put(path: string, request: IncomingMessage): ReferenceAnswer {
    const { payload } = request;
    if (request.url.includes("?")) return { code: readTables(this.#tables(), path).code === "2.05" ? "2.04" : "4.04" };
    if (path === "/5/0/0") return { code: this.#firmware.takePackage(payload) };
    if (path === "/5/0/1") return { code: this.#firmware.takeUri(payload.toString()) };
    if (path === "/3416/0/1") {
      const level = Number(payload.toString());
      if (!(level >= 0 && level <= 100)) return { code: "4.00" };
      this.#level = level;
      return { code: "2.04" };
    }
    return { code: readTables(this.#tables(), path).code === "4.04" ? "4.04" : "4.05" };
  }

  #post(path: string, token: Buffer): ReferenceAnswer {
    if (path === "/3/0/4") {
      this.#after(200, () => this.#reboot(() => {}));
      return { code: "2.04" };
    }
    if (path !== "/5/0/2") return { code: readTables(this.#tables(), path).code === "4.04" ? "4.04" : "4.05" };
    this.#attempt.executed(token.toString("hex"));
    const candidate = this.#firmware.machine.candidate;
    if (!this.#firmware.step({ kind: "executed" })) return { code: "4.05" };
    this.#after(200, () =>
      this.#reboot(() => {
        if (candidate) this.#firmwareVersion = candidate;
        this.#firmware.step({ kind: "installed", result: 1 });
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
    this.#firmware.losePower();
    this.#after(this.#options.installMilliseconds, () => {
      beforeReturn();
      this.#powerUp();
    });
  }

  #tell(paths: readonly string[]): void {
    for (const path of paths) {
      const observers = this.#observers.get(path) ?? [];
      for (const observer of observers) observer.write(readTables(this.#tables(), path).text ?? "");
    }
  }

  #tables(): ReferenceTables {
    const { lifetimeSeconds, fetches } = this.#options;
    const { machine, uri } = this.#firmware;
    const { identity } = this;
    return referenceTables({
      ...{ identity, lifetimeSeconds, fetches, firmware: machine, uri, level: this.#level },
      firmwareVersion: this.#firmwareVersion,
    });
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
