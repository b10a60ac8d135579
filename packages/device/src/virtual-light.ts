import { readBlock } from "@lamplighter/coap/block";
import {
  BAD_REQUEST,
  CHANGED,
  CONTENT,
  DELETE,
  GET,
  isSuccess,
  METHOD_NOT_ALLOWED,
  NOT_ACCEPTABLE,
  NOT_FOUND,
  POST,
  PUT,
  UNSUPPORTED_CONTENT_FORMAT,
} from "@lamplighter/coap/code";
import { decodeMessage, MalformedMessage } from "@lamplighter/coap/codec";
import { contentFormat } from "@lamplighter/coap/content-format";
import { CoapEndpoint, type IncomingRequest, type OutgoingResponse, type Subscriber } from "@lamplighter/coap/endpoint";
import { findOption, option, readText } from "@lamplighter/coap/option";
import { decodeContent, encodeContent } from "@lamplighter/lwm2m/content";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import { singleValue } from "@lamplighter/lwm2m/node";
import { type Path, pathOfSegments } from "@lamplighter/lwm2m/path";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { type Duration, milliseconds, scale, seconds } from "@lamplighter/runtime/duration";
import type { Random } from "@lamplighter/runtime/random";
import type { FaultKind } from "./faults.ts";
import { type FaultyPort, faultyPort } from "./faulty-port.ts";
import { checkImage } from "./firmware-image.ts";
import { type FirmwareEvent, type FirmwareMachine, idle, nextFirmware } from "./firmware-machine.ts";
import type { LightIdentity } from "./light-identity.ts";
import { type LightState, lightObjects, linksAt, nodeAt } from "./object-tree.ts";

const objectModels = knownObjects();

export interface VirtualLightOptions {
  readonly port: DatagramPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: LightIdentity;
  readonly server: Address;
  readonly fault?: FaultKind;
  /** Chance that a datagram is lost, each way; the fault "packet-loss" adds to it. */
  readonly loss?: number;
  readonly lifetime?: Duration;
  /** How long the light is away between Execute and its return. */
  readonly installTime?: Duration;
  readonly imageBytesMax?: number;
}

/** Facts a proof counts in the light, where the server cannot embellish them. */
export interface LightCounters {
  registrations: number;
  /** Blocks of firmware that arrived, duplicates included. */
  blocksArrived: number;
  bytesReceived: number;
  /** Images received whole. */
  packages: number;
  executes: number;
  /**
   * Execute requests, accepted or not, since the current image was received; the highest over all attempts. Told apart by
   * their tokens: a datagram that the network repeats, even after a reboot, is the same request.
   */
  executesPerAttemptMax: number;
  reboots: number;
}

export type LightPhase = "off" | "registering" | "registered" | "rebooting" | "dark";

/**
 * A street light that speaks LwM2M 1.1 on our own CoAP stack.
 *
 * It really receives an image, checks it, reboots, registers again and reports the new version. Its faults are those
 * lights in the field have; the counters say what truly reached it.
 */
export class VirtualLight {
  readonly identity: LightIdentity;
  readonly fault: FaultKind | undefined;
  readonly counters: LightCounters = {
    registrations: 0,
    blocksArrived: 0,
    bytesReceived: 0,
    packages: 0,
    executes: 0,
    executesPerAttemptMax: 0,
    reboots: 0,
  };
  readonly #options: VirtualLightOptions;
  readonly #port: FaultyPort;
  #endpoint: CoapEndpoint | undefined;
  #phase: LightPhase = "off";
  #location: readonly string[] | undefined;
  #firmware: FirmwareMachine = idle;
  #firmwareVersion: string;
  #command = 100;
  #lifetimeSeconds: number;
  #executesThisAttempt = new Set<string>();
  #powerCutsLeft: number;
  #blocksThisTransfer = 0;
  #alarms = new Set<Cancel>();
  #subscribers = new Map<string, Subscriber>();

  constructor(options: VirtualLightOptions) {
    this.#options = options;
    this.identity = options.identity;
    this.fault = options.fault;
    this.#firmwareVersion = options.identity.firmwareVersion;
    this.#lifetimeSeconds = Math.round((options.lifetime ?? seconds(300)) / 1_000);
    this.#powerCutsLeft = options.fault === "power-cut" ? 1 : 0;
    this.#port = faultyPort(
      options.port,
      {
        loss: (options.loss ?? 0) + (options.fault === "packet-loss" ? 0.1 : 0),
        duplication: options.fault === "duplicates" ? 1 : 0,
        delay: milliseconds(options.fault === "slow-link" ? 40 : 0),
      },
      options,
    );
    this.#port.onArrival = (datagram) => this.#see(datagram);
  }

  get phase(): LightPhase {
    return this.#phase;
  }

  get firmwareVersion(): string {
    return this.#firmwareVersion;
  }

  get firmware(): FirmwareMachine {
    return this.#firmware;
  }

  start(): void {
    this.#powerUp();
  }

  /** De-registers, best effort, and lets go of everything. The port stays open; its owner closes it. */
  stop(done: () => void = () => {}): void {
    this.#clearAlarms();
    const endpoint = this.#endpoint;
    this.#phase = "off";
    if (!endpoint || !this.#location) {
      endpoint?.close();
      return done();
    }
    endpoint.request({ peer: this.#options.server, method: DELETE, path: this.#location }, () => {
      endpoint.close();
      done();
    });
  }

  #powerUp(): void {
    const { clock, random } = this.#options;
    this.#port.silent = false;
    this.#endpoint = new CoapEndpoint({
      port: this.#port,
      clock,
      random,
      limits: { peersMax: 8, deduplicationMax: 512, requestBytesMax: this.#options.imageBytesMax ?? 32 * 1024 * 1024 },
    });
    this.#endpoint.onRequest((request) => this.#answer(request));
    this.#register();
  }

  #register(): void {
    this.#phase = "registering";
    this.#location = undefined;
    const links = lightObjects
      .flatMap(({ object, version }) =>
        version ? [`</${object}>;ver=${version}`, `</${object}/0>`] : [`</${object}/0>`],
      )
      .join(",");
    this.#request(
      {
        method: POST,
        path: ["rd"],
        query: [`ep=${this.identity.endpoint}`, `lt=${this.#lifetimeSeconds}`, "lwm2m=1.1", "b=U"],
        contentFormat: contentFormat.link,
        payload: new TextEncoder().encode(`</>;rt="oma.lwm2m";ct=11542,${links}`),
      },
      (outcome) => {
        if (outcome.kind !== "response" || !isSuccess(outcome.code))
          return this.#after(this.#jitter(seconds(5)), () => this.#register());
        this.#location = outcome.options
          .filter(({ number }) => number === option.locationPath)
          .map(({ value }) => readText(value) ?? "");
        this.#phase = "registered";
        this.counters.registrations++;
        this.#scheduleUpdate();
      },
    );
  }

  #scheduleUpdate(): void {
    this.#after(this.#jitter(seconds(this.#lifetimeSeconds * 0.45)), () => {
      this.#request({ method: POST, path: this.#location ?? [] }, (outcome) => {
        if (outcome.kind === "response" && isSuccess(outcome.code)) this.#scheduleUpdate();
        else this.#register();
      });
    });
  }

  #request(
    request: Omit<Parameters<CoapEndpoint["request"]>[0], "peer">,
    done: Parameters<CoapEndpoint["request"]>[1],
  ): void {
    this.#endpoint?.request({ ...request, peer: this.#options.server }, done);
  }

  /** Watches blocks of firmware go by, for the counters and for the power that fails in the middle. */
  #see(datagram: Uint8Array): void {
    // A block of firmware is the only large datagram that a light ever gets; the endpoint judges whether it is well formed.
    if (datagram.length < 200) return;
    const block = block1Of(datagram);
    if (!block) return;
    this.counters.blocksArrived++;
    this.#blocksThisTransfer++;
    if (block.number === 0) this.#step({ kind: "package-begun" });
    if (this.#powerCutsLeft > 0 && this.#blocksThisTransfer >= 10) {
      this.#powerCutsLeft--;
      this.#step({ kind: "power-lost" });
      this.#reboot(seconds(3), () => {});
    }
  }

  #answer(request: IncomingRequest): void {
    let path: Path;
    try {
      path = pathOfSegments(request.path);
    } catch {
      // The path is not one of LwM2M, so there is nothing of ours at it.
      return request.respond({ code: NOT_FOUND });
    }
    switch (request.method) {
      case GET:
        return this.#read(request, path);
      case PUT:
        return this.#write(request, path);
      case POST:
        return path.resource === undefined ? this.#write(request, path) : this.#execute(request, path);
      default:
        return request.respond({ code: METHOD_NOT_ALLOWED });
    }
  }

  #read(request: IncomingRequest, path: Path): void {
    const light = this.#state();
    if (request.accept === contentFormat.link) {
      const links = linksAt(path, light);
      if (links === undefined) return request.respond({ code: NOT_FOUND });
      return request.respond({
        code: CONTENT,
        contentFormat: contentFormat.link,
        payload: new TextEncoder().encode(links),
      });
    }
    const content = this.#content(path, request.accept);
    if (!isSuccess(content.code)) return request.respond(content);
    const key = request.path.join("/");
    if (request.observe === 1) this.#subscribers.delete(key);
    if (request.subscriber) {
      this.#subscribers.set(key, request.subscriber);
      return request.respond({ ...content, observe: 1 });
    }
    request.respond(content);
  }

  #content(path: Path, accept: number | undefined): OutgoingResponse {
    if (path.resource !== undefined) {
      const operations = objectModels.find(path.object)?.resources.get(path.resource)?.operations ?? "R";
      if (!operations.includes("R")) return { code: METHOD_NOT_ALLOWED };
    }
    const node = nodeAt(path, this.#state());
    if (!node) return { code: NOT_FOUND };
    const isSingle = node.kind === "single" || node.kind === "resource-instance";
    const format = accept ?? contentFormat.tlv;
    if (format !== contentFormat.tlv && !(format === contentFormat.text && isSingle)) return { code: NOT_ACCEPTABLE };
    return { code: CONTENT, contentFormat: format, payload: encodeContent(node, format) };
  }

  #write(request: IncomingRequest, path: Path): void {
    if (path.object === 5 && path.resource === 0) return this.#takePackage(request);
    // Write-Attributes: a PUT with a query and no payload. They are accepted; this light notifies on every change.
    if (request.query.length > 0 && request.payload.length === 0) {
      return request.respond({ code: nodeAt(path, this.#state()) ? CHANGED : NOT_FOUND });
    }
    if (path.resource === undefined) return request.respond({ code: METHOD_NOT_ALLOWED });
    const model = objectModels.find(path.object);
    if (!model || !nodeAt({ object: path.object, instance: path.instance ?? 0 }, this.#state()))
      return request.respond({ code: NOT_FOUND });
    if (!model.resources.get(path.resource)?.operations.includes("W"))
      return request.respond({ code: METHOD_NOT_ALLOWED });
    try {
      const node = decodeContent(request.payload, request.contentFormat ?? contentFormat.text, path, model);
      request.respond({ code: this.#store(path, singleValue(node)?.value) });
    } catch {
      // Whatever is wrong with the bytes, a light this small has one answer for it.
      request.respond({ code: request.contentFormat === undefined ? BAD_REQUEST : UNSUPPORTED_CONTENT_FORMAT });
    }
  }

  #store(path: Path, value: unknown): number {
    if (path.object === 5 && path.resource === 1) {
      if (value !== "") return BAD_REQUEST;
      this.#blocksThisTransfer = 0;
      return this.#step({ kind: "reset" }) ? CHANGED : METHOD_NOT_ALLOWED;
    }
    if (path.object === 3416 && path.resource === 1) {
      const level = Number(value);
      if (!(level >= 0 && level <= 100)) return BAD_REQUEST;
      this.#command = level;
      this.#notify("3416");
      return CHANGED;
    }
    if (path.object === 1 && path.resource === 1) {
      this.#lifetimeSeconds = Number(value);
      return CHANGED;
    }
    return METHOD_NOT_ALLOWED;
  }

  #takePackage(request: IncomingRequest): void {
    const { payload } = request;
    this.#blocksThisTransfer = 0;
    if (payload.length === 0 || (payload.length === 1 && payload[0] === 0)) {
      return request.respond({ code: this.#step({ kind: "reset" }) ? CHANGED : METHOD_NOT_ALLOWED });
    }
    this.counters.packages++;
    this.counters.bytesReceived += payload.length;
    this.#executesThisAttempt.clear();
    const refused = { "no-flash": 2, integrity: 5, "wrong-type": 6 }[this.fault as string];
    const taken = this.#step(
      refused ? { kind: "package-refused", result: refused } : { kind: "package-received", check: checkImage(payload) },
    );
    request.respond({ code: taken ? CHANGED : METHOD_NOT_ALLOWED });
  }

  #execute(request: IncomingRequest, path: Path): void {
    if (path.object === 3 && path.resource === 4) {
      return request.respond({ code: CHANGED }, () => this.#reboot(seconds(2), () => {}));
    }
    if (path.object === 1 && path.resource === 8) {
      return request.respond({ code: CHANGED }, () =>
        this.#request({ method: POST, path: this.#location ?? [] }, () => {}),
      );
    }
    if (path.object !== 5 || path.resource !== 2) {
      return request.respond({ code: nodeAt({ object: path.object }, this.#state()) ? METHOD_NOT_ALLOWED : NOT_FOUND });
    }
    this.counters.executes++;
    this.#executesThisAttempt.add(request.token.join());
    const { executesPerAttemptMax } = this.counters;
    this.counters.executesPerAttemptMax = Math.max(executesPerAttemptMax, this.#executesThisAttempt.size);
    const candidate = this.#firmware.candidate;
    if (!this.#step({ kind: "executed" })) return request.respond({ code: METHOD_NOT_ALLOWED });
    request.respond({ code: CHANGED }, () => {
      this.#after(milliseconds(200), () =>
        this.#reboot(this.#options.installTime ?? seconds(5), () => this.#installed(candidate)),
      );
    });
  }

  #installed(candidate: string | undefined): void {
    // A boot loader that reverts after the first start leaves the result of the installation as it was.
    if (candidate && this.fault !== "falls-back") this.#firmwareVersion = candidate;
    this.#step({ kind: "installed", result: 1 });
  }

  /** Goes dark, forgets its sessions, and comes back after `away`. */
  #reboot(away: Duration, beforeReturn: () => void): void {
    this.#clearAlarms();
    this.#endpoint?.close();
    this.#endpoint = undefined;
    this.#subscribers.clear();
    this.#port.silent = true;
    this.#blocksThisTransfer = 0;
    this.counters.reboots++;
    if (this.fault === "never-returns" && this.#firmware.state === 3) {
      this.#phase = "dark";
      return;
    }
    this.#phase = "rebooting";
    this.#after(this.#jitter(away), () => {
      beforeReturn();
      this.#powerUp();
    });
  }

  #step(event: FirmwareEvent): boolean {
    const next = nextFirmware(this.#firmware, event);
    if (!next) return false;
    this.#firmware = next;
    this.#notify("5");
    return true;
  }

  /** Sends what observers of an object's parts are owed. */
  #notify(objectId: string): void {
    for (const [key, subscriber] of this.#subscribers) {
      if (key.split("/")[0] !== objectId) continue;
      if (!subscriber.live) this.#subscribers.delete(key);
      else this.#endpoint?.notify(subscriber, this.#content(pathOfSegments(subscriber.path), subscriber.accept));
    }
  }

  #state(): LightState {
    return {
      identity: this.identity,
      firmwareVersion: this.#firmwareVersion,
      firmware: this.#firmware,
      lifetimeSeconds: this.#lifetimeSeconds,
      command: this.#command,
      level: this.#phase === "registered" ? this.#command : 0,
      lampFailure: false,
      rssi: -85,
      nowSeconds: Math.floor(this.#options.clock.now().getTime() / 1_000),
      bytesReceived: this.counters.bytesReceived,
    };
  }

  #after(delay: Duration, wake: () => void): void {
    const cancel = this.#options.clock.after(delay, () => {
      this.#alarms.delete(cancel);
      wake();
    });
    this.#alarms.add(cancel);
  }

  #jitter(span: Duration): Duration {
    return scale(span, 0.8 + this.#options.random.next() * 0.4);
  }

  #clearAlarms(): void {
    for (const cancel of this.#alarms) cancel();
    this.#alarms.clear();
  }
}

function block1Of(datagram: Uint8Array) {
  try {
    const value = findOption(decodeMessage(datagram).options, option.block1);
    return value && readBlock(value);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}
