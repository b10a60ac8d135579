import { CHANGED, METHOD_NOT_ALLOWED } from "@lamplighter/coap/code";
import type { CoapEndpoint, IncomingRequest } from "@lamplighter/coap/endpoint";
import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import { invariant } from "@lamplighter/runtime/invariant";
import type { SeenBlock } from "./download-watch.ts";
import type { FaultKind, FaultSeverity } from "./faults.ts";
import { FirmwareFetch } from "./firmware-fetch.ts";
import { checkImage } from "./firmware-image.ts";
import { type FirmwareEvent, type FirmwareMachine, idle, nextFirmware } from "./firmware-machine.ts";
import type { HttpGet } from "./http-get.ts";
import { type ImageProtocol, imageSource, protocolNumbers } from "./image-source.ts";
import { AttemptCount, type LightCounters } from "./light-counters.ts";

/** How long a light is away when its power failed for a moment. */
export const rebootTime: Duration = seconds(3);
/** A light that is sent an image and hears nothing for this long says that it is there. */
const blockPatience = seconds(10);
/** The notification of State 3 gets a moment to leave before the light is gone. */
const farewellTime = milliseconds(200);

/** The light around its firmware. */
export interface LightFirmwareWorld {
  readonly endpoint: () => CoapEndpoint | undefined;
  readonly delivery: "push" | "pull";
  /** By which it fetches images. */
  readonly protocols: readonly ImageProtocol[];
  readonly httpGet: HttpGet | undefined;
  /** Whether it speaks DTLS with a server. */
  readonly hasKeyFor: (server: Address) => boolean;
  /** Wakes after this long, unless the light loses its power. */
  readonly after: (delay: Duration, wake: () => void) => Cancel;
  /** About this long: no two lights do anything in the same moment. */
  readonly about: (span: Duration) => Duration;
  readonly nowSeconds: () => number;
  /** Something changed that may be observed. */
  readonly review: () => void;
  /** Has the server hear of the light now. */
  readonly speak: () => void;
  /** The power fails, and comes back after `away`. */
  readonly reboot: (away: Duration, beforeReturn: () => void) => void;
  readonly upgradesAutomatically: () => boolean;
  readonly afterPowerCut: "goes-on" | "forgets";
  readonly installTime: Duration;
  readonly imageBytesMax: number;
}

/**
 * The firmware of a virtual light, object 5: it takes an image that it is sent or fetches, checks it, and installs it over a
 * reboot, with whatever fault the light has.
 */
export class LightFirmware {
  readonly #world: LightFirmwareWorld;
  readonly #counters: LightCounters;
  readonly #attempt: AttemptCount;
  readonly #fault: FaultKind | undefined;
  readonly #severity: FaultSeverity;
  readonly #fetch: FirmwareFetch;
  #machine: FirmwareMachine = idle;
  #version: string;
  #changedAt: number;
  #nextBlock: Cancel = () => {};
  #powerCutsLeft: number;

  constructor(
    version: string,
    options: {
      readonly world: LightFirmwareWorld;
      readonly counters: LightCounters;
      readonly fault: FaultKind | undefined;
      readonly severity: FaultSeverity;
    },
  ) {
    const { world, counters, fault, severity } = options;
    this.#world = world;
    this.#counters = counters;
    this.#attempt = new AttemptCount(counters);
    this.#fault = fault;
    this.#severity = severity;
    this.#version = version;
    this.#changedAt = world.nowSeconds();
    this.#powerCutsLeft = fault === "power-cut" ? severity.powerCuts : 0;
    this.#fetch = this.#openFetch();
  }

  get machine(): FirmwareMachine {
    return this.#machine;
  }

  /** What runs. */
  get version(): string {
    return this.#version;
  }

  /** What a server may read of it. */
  get shown() {
    const { delivery, protocols } = this.#world;
    return {
      ...{ delivery, firmware: this.#machine, firmwareVersion: this.#version, firmwareChangedAt: this.#changedAt },
      packageUri: this.#fetch.uri,
      protocols: protocols.map((each) => protocolNumbers[each]),
    };
  }

  /** Whether the light stays dark after the reboot that installs. */
  get isLost(): boolean {
    return this.#fault === "never-returns" && this.#machine.state === 3;
  }

  /** The boot loader finishes an installation that was under way when the power went. */
  boot(): void {
    if (this.#machine.state === 3) this.#installed(this.#machine.candidate);
  }

  /** The light has its power and its server again. */
  goOn(): void {
    this.#fetch.goOn();
  }

  /** The light is switched off in good order. */
  stop(): void {
    this.#fetch.losePower();
  }

  losePower(): void {
    this.#step({ kind: "power-lost", goesOn: this.#fetch.losePower() });
  }

  /** A block of an image that is being sent went by. */
  seeBlock({ begins, bytes, share }: SeenBlock): void {
    if (begins) {
      this.#step({ kind: "package-begun" });
      // The sender says at the start how large the image is, so a light without room knows at once.
      if (this.#fault === "no-flash") this.#step({ kind: "package-refused", result: 2 });
    }
    this.#countBlock(bytes, share);
    this.#expectBlock();
  }

  /**
   * What to answer to a Write of the Package URI. The empty one resets; one that names a protocol which this light does not
   * speak ends in Update Result 9.
   */
  takeUri(uri: string): number {
    if (uri === "") return this.#reset() ? CHANGED : METHOD_NOT_ALLOWED;
    const { delivery, protocols, hasKeyFor } = this.#world;
    const source = imageSource(uri, { spoken: delivery === "pull" ? protocols : [], hasKeyFor });
    if (!source) return this.#step({ kind: "package-refused", result: 9 }) ? CHANGED : METHOD_NOT_ALLOWED;
    if (this.#machine.state > 1) return METHOD_NOT_ALLOWED;
    this.#fetch.begin(source);
    return CHANGED;
  }

  /** Answers a Write of the Package. */
  takePackage(request: IncomingRequest): void {
    const { payload } = request;
    if (payload.length === 0 || (payload.length === 1 && payload[0] === 0)) {
      return request.respond({ code: this.#reset() ? CHANGED : METHOD_NOT_ALLOWED });
    }
    // One that fetches its images is not sent any.
    const isTaken = this.#world.delivery !== "pull" && this.#takeImage(payload);
    request.respond({ code: isTaken ? CHANGED : METHOD_NOT_ALLOWED });
  }

  /** An Execute of Update arrived, whatever comes of it. */
  countExecute(request: IncomingRequest): void {
    this.#attempt.executed(request.token.join());
  }

  /** Answers an Execute of Update. */
  update(request: IncomingRequest): void {
    if (this.#machine.state !== 2) return request.respond({ code: METHOD_NOT_ALLOWED });
    request.respond({ code: CHANGED }, () => this.#install());
  }

  /** Answers an Execute of Cancel (OMA object 5 in version 1.1, resource 10). */
  cancel(request: IncomingRequest): void {
    if (!this.#step({ kind: "cancelled" })) return request.respond({ code: METHOD_NOT_ALLOWED });
    this.#fetch.forget();
    request.respond({ code: CHANGED });
  }

  /** An image that stops coming may have lost its way: behind a NAT a light is found again when it speaks. */
  #expectBlock(): void {
    this.#nextBlock();
    this.#nextBlock = this.#world.after(blockPatience, () => {
      if (this.#machine.state === 1) this.#world.speak();
    });
  }

  #countBlock(bytes: number, share = 1): void {
    this.#counters.blocksArrived++;
    this.#counters.bytesArrived += bytes;
    if (this.#powerCutsLeft > 0 && this.#machine.state === 1 && share >= this.#severity.powerCutAt) {
      this.#powerCutsLeft--;
      this.#world.reboot(rebootTime, () => {});
    }
  }

  #openFetch(): FirmwareFetch {
    const { imageBytesMax, afterPowerCut, httpGet, protocols, endpoint, after, about } = this.#world;
    const needsWeb = protocols.some((each) => each === "http" || each === "https");
    invariant(httpGet !== undefined || !needsWeb, "a light that fetches over HTTP needs a way to the web");
    return new FirmwareFetch({
      ...{ httpGet, afterPowerCut, bytesMax: imageBytesMax, endpoint },
      after: (span, wake) => after(about(span), wake),
      onBegin: () => {
        if (!this.#step({ kind: "package-begun" })) return false;
        if (this.#fault === "no-flash") this.#step({ kind: "package-refused", result: 2 });
        return this.#fault !== "no-flash";
      },
      onPart: ({ bytes, share }) => this.#countBlock(bytes, share),
      onImage: (image) => this.#takeImage(image),
      onFailure: (result) => this.#step({ kind: "package-refused", result }),
    });
  }

  #reset(): boolean {
    const isReset = this.#step({ kind: "reset" });
    if (isReset) this.#fetch.forget();
    return isReset;
  }

  /** The image is here, whole. */
  #takeImage(image: Uint8Array): boolean {
    this.#attempt.packageReceived(image.length);
    const refused = { "no-flash": 2, integrity: 5, "wrong-type": 6 }[this.#fault as string];
    const isTaken = this.#step(
      refused ? { kind: "package-refused", result: refused } : { kind: "package-received", check: checkImage(image) },
    );
    const isAutomatic = isTaken && this.#machine.state === 2 && this.#world.upgradesAutomatically();
    // After the answer to the last block.
    if (isAutomatic) this.#world.after(milliseconds(0), () => this.#install());
    return isTaken;
  }

  #install(): void {
    const { after, reboot, installTime } = this.#world;
    const { candidate } = this.#machine;
    this.#step({ kind: "executed" });
    after(farewellTime, () => reboot(installTime, () => this.#installed(candidate)));
  }

  #installed(candidate: string | undefined): void {
    const fallsBack = this.#fault === "falls-back";
    if (candidate && !fallsBack) this.#version = candidate;
    this.#step({ kind: "installed", result: fallsBack ? this.#severity.fallBackResult : 1 });
  }

  #step(event: FirmwareEvent): boolean {
    const next = nextFirmware(this.#machine, event);
    if (!next) return false;
    if (next.state !== this.#machine.state) this.#changedAt = this.#world.nowSeconds();
    this.#machine = next;
    this.#world.review();
    return true;
  }
}
