import {
  BAD_REQUEST,
  CHANGED,
  CREATED,
  DELETED,
  METHOD_NOT_ALLOWED,
  REQUEST_ENTITY_TOO_LARGE,
} from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { CoapEndpoint, IncomingRequest } from "@lamplighter/coap/endpoint";
import { decodeContent } from "@lamplighter/lwm2m/content";
import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import { knownObjects } from "@lamplighter/lwm2m/models/known-objects";
import type { Node } from "@lamplighter/lwm2m/node";
import type { Path } from "@lamplighter/lwm2m/path";
import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, milliseconds, seconds } from "@lamplighter/runtime/duration";
import type { FaultKind } from "./faults.ts";
import { checkImage } from "./firmware-image.ts";
import type { HttpGet } from "./http-get.ts";
import { fetchImage } from "./image-fetch.ts";
import { type ImageProtocol, type ImageSource, imageSource } from "./image-source.ts";
import { PartialImage } from "./partial-image.ts";
import {
  factorySoftware,
  nextSoftwareMachine,
  type SoftwareMachine,
  type SoftwareMachineEvent,
} from "./software-machine.ts";
import type { SoftwareShown } from "./software-object.ts";

/** What can go wrong with the software of a light, one fault at a time; it may be changed while the light runs. */
export type SoftwareFault =
  | "integrity"
  | "no-storage"
  /** It runs out of memory in the middle of each download. */
  | "no-memory"
  | "wrong-type"
  /** The power fails once, in the middle of the next download. */
  | "power-cut"
  | "install-fails"
  | "uninstall-fails"
  /** It does what it is told to execute, and never answers. */
  | "silent-execute";

/** One piece of software that a light comes with; a version of "" is a place where nothing is installed yet. */
export interface FactorySoftware {
  readonly name: string;
  readonly version: string;
  /** Installed software is active unless this says otherwise. */
  readonly isActive?: boolean;
}

/** What a light with programmable parts of its own comes with: the driver of its lamp, and its radio module. */
export const usualSoftware: readonly FactorySoftware[] = [
  { name: "Luminaire driver", version: "1.0.0" },
  { name: "Radio module", version: "3.2.1" },
];

/** The light around it. */
export interface SoftwareWorld {
  readonly endpoint: () => CoapEndpoint | undefined;
  /** By which it fetches packages. */
  readonly protocols: readonly ImageProtocol[];
  /** Whether it speaks DTLS with a server. */
  readonly hasKeyFor: (server: Address) => boolean;
  readonly httpGet: HttpGet | undefined;
  /** Wakes after this long, unless the light loses its power. */
  readonly after: (delay: Duration, wake: () => void) => Cancel;
  /** Something changed that may be observed. */
  readonly review: () => void;
  /** An instance came or went: the server is to be told. */
  readonly listChanged: () => void;
  /** The power fails, and comes back. */
  readonly reboot: () => void;
  readonly installTime: Duration;
  readonly imageBytesMax: number;
}

interface Slot extends SoftwareMachine {
  readonly name: string;
}

/** Instances that a light has room for; it refuses to create more. */
const instancesMax = 4;
/** How long a light checks a package, in the state Downloaded. */
const checkTime = milliseconds(300);
/** The share of a package after which the power or the memory is gone. */
const breaksAt = 0.4;
const models = knownObjects();

const faultOf: Readonly<Partial<Record<FaultKind, SoftwareFault>>> = {
  ...{ integrity: "integrity", "no-flash": "no-storage", "wrong-type": "wrong-type" },
  ...{ "power-cut": "power-cut", "falls-back": "install-fails" },
};

/** The software of one light, object 9: it really receives packages, checks them, installs and activates them. */
export class LightSoftware {
  fault: SoftwareFault | undefined;
  /** By the number of the instance; one that was deleted leaves a hole, for no number is given twice. */
  readonly #slots: (Slot | undefined)[];
  readonly #world: SoftwareWorld;
  /** Stops fetching what is being fetched. */
  #stopFetch: Cancel = () => {};
  /** Instances that execute something just now. */
  readonly #busy = new Set<number>();
  /** Instances whose package was refused while it was still on its way. */
  readonly #refused = new Set<number>();

  constructor(
    software: readonly FactorySoftware[],
    { world, fault }: { world: SoftwareWorld; fault?: FaultKind | undefined },
  ) {
    this.#world = world;
    this.fault = fault && faultOf[fault];
    this.#slots = software.map(({ name, version, isActive = true }) => {
      const slot = factorySoftware(version);
      return { name, ...slot, isActive: slot.isActive && isActive };
    });
  }

  get shown(): readonly SoftwareShown[] {
    return this.#slots.flatMap((slot, instance) => (slot ? [{ ...slot, instance }] : []));
  }

  /** What it would come with were it made as it stands: what is installed, and what a new package has not yet replaced. */
  get kept(): readonly FactorySoftware[] {
    return this.shown.map(({ name, version, isActive }) => ({ name, version, isActive }));
  }

  /** A block of a package was seen on its way. */
  seeBlock(instance: number, { begins, share = 1 }: { begins: boolean; share: number | undefined }): void {
    if (begins) this.#begin(instance);
    if (this.#slots[instance]?.state !== 1 || share < breaksAt) return;
    if (this.fault === "no-memory") this.#refuse(instance, 51);
    if (this.fault === "power-cut") {
      this.fault = undefined;
      this.#world.reboot();
    }
  }

  /** Answers a Write of the package. */
  takePackage(request: IncomingRequest, instance: number): void {
    request.respond({ code: this.#take(instance, request.payload) });
  }

  /** What to answer to a Write of the package's address; it is fetched at the next opportunity. */
  takeUri(instance: number, uri: string): number {
    const { protocols: spoken, hasKeyFor } = this.#world;
    const source = imageSource(uri, { spoken, hasKeyFor });
    if (!source) return this.#step(instance, { kind: "refused", result: 56 }) ? CHANGED : METHOD_NOT_ALLOWED;
    if ((this.#slots[instance]?.state ?? 4) > 1) return METHOD_NOT_ALLOWED;
    this.#stopFetch();
    this.#stopFetch = this.#world.after(seconds(1), () => this.#fetch(instance, source));
    return CHANGED;
  }

  /** Creates an instance where nothing is installed (OMA TS Core 1.1 §6.3.6). */
  create(request: IncomingRequest): void {
    let node: Node;
    try {
      node = decodeContent(request.payload, request.contentFormat ?? contentFormat.tlv, { object: 9 }, models.find(9));
    } catch (error) {
      if (error instanceof MalformedInput) return request.respond({ code: BAD_REQUEST });
      throw error;
    }
    const [asked] = node.kind === "object" ? node.instances.keys() : [];
    // Numbers go on one after the other, and none is given twice.
    if (asked !== undefined && asked !== this.#slots.length) return request.respond({ code: BAD_REQUEST });
    if (this.shown.length >= instancesMax) return request.respond({ code: METHOD_NOT_ALLOWED });
    this.#slots.push({ name: "", ...factorySoftware("") });
    request.respond({ code: CREATED }, () => this.#world.listChanged());
  }

  /** Deletes an instance where nothing is installed and nothing is being done (OMA TS Core 1.1 §6.3.7). */
  delete(request: IncomingRequest, { instance, resource }: Path): void {
    const slot = resource === undefined && instance !== undefined ? this.#slots[instance] : undefined;
    if (!slot || instance === undefined || slot.state !== 0 || slot.version !== "") {
      return request.respond({ code: METHOD_NOT_ALLOWED });
    }
    this.#slots[instance] = undefined;
    request.respond({ code: DELETED }, () => this.#world.listChanged());
  }

  /** Answers an Execute of Install, Uninstall, Activate or Deactivate. */
  execute(request: IncomingRequest, instance: number, resource: number): void {
    const answer = this.#execute(instance, resource, new TextDecoder().decode(request.payload));
    if (typeof answer === "number") return request.respond({ code: answer });
    if (this.fault === "silent-execute") return answer();
    request.respond({ code: CHANGED }, answer);
  }

  /** Half a package is gone, and whatever was being done. */
  losePower(): void {
    this.#stopFetch();
    this.#busy.clear();
    this.#refused.clear();
    for (const instance of this.#slots.keys()) this.#step(instance, { kind: "power-lost" });
  }

  /** What is done after the answer, or the code of the refusal. */
  #execute(instance: number, resource: number, args: string): number | (() => void) {
    const slot = this.#slots[instance];
    if (!slot || this.#busy.has(instance)) return METHOD_NOT_ALLOWED;
    switch (resource) {
      case 4:
        return slot.state === 3 ? () => this.#install(instance) : METHOD_NOT_ALLOWED;
      case 6:
        if (args !== "" && args !== "0" && args !== "1") return BAD_REQUEST;
        if (slot.state === 1 || slot.state === 2) return METHOD_NOT_ALLOWED;
        return () => this.#uninstall(instance, args === "1");
      default:
        if (slot.state !== 4) return METHOD_NOT_ALLOWED;
        return () => void this.#step(instance, { kind: "activated", isActive: resource === 10 });
    }
  }

  #install(instance: number): void {
    const fails = this.fault === "install-fails";
    this.#busy.add(instance);
    this.#world.after(this.#world.installTime, () => {
      this.#busy.delete(instance);
      this.#step(instance, { kind: fails ? "install-failed" : "installed" });
    });
  }

  #uninstall(instance: number, forUpdate: boolean): void {
    const fails = this.fault === "uninstall-fails";
    this.#step(instance, fails ? { kind: "uninstall-failed" } : { kind: "uninstalled", forUpdate });
  }

  #fetch(instance: number, source: ImageSource): void {
    const endpoint = this.#world.endpoint();
    if (!endpoint || !this.#begin(instance)) return;
    const kept = new PartialImage(source.uri);
    this.#stopFetch = fetchImage(source, kept, {
      endpoint,
      httpGet: this.#world.httpGet,
      bytesMax: this.#world.imageBytesMax,
      after: this.#world.after,
      onPart: () => this.seeBlock(instance, { begins: false, share: kept.share ?? 0 }),
      onEnd: (end) => {
        if ("image" in end) this.#take(instance, end.image);
        else this.#refuse(instance, { 2: 50, 4: 52, 7: 56 }[end.result]);
      },
    });
  }

  /** A package begins to arrive. False when there is no place for it now. */
  #begin(instance: number): boolean {
    this.#refused.delete(instance);
    if (!this.#step(instance, { kind: "download-begun" })) return false;
    // The sender says at the start how large the package is, so a light without room knows at once.
    if (this.fault === "no-storage") this.#refuse(instance, 50);
    return this.fault !== "no-storage";
  }

  #refuse(instance: number, result: number): void {
    this.#refused.add(instance);
    this.#step(instance, { kind: "refused", result });
  }

  /** The package is here, whole. */
  #take(instance: number, image: Uint8Array): number {
    // A package of one block was not seen to begin.
    if (this.#slots[instance]?.state === 0 && !this.#refused.has(instance)) this.#begin(instance);
    if (this.#refused.delete(instance)) return REQUEST_ENTITY_TOO_LARGE;
    if (!this.#step(instance, { kind: "download-ended" })) return METHOD_NOT_ALLOWED;
    const { fault } = this;
    const check = fault === "integrity" || fault === "wrong-type" ? ({ kind: fault } as const) : checkImage(image);
    this.#world.after(checkTime, () => void this.#step(instance, { kind: "checked", check }));
    return CHANGED;
  }

  #step(instance: number, event: SoftwareMachineEvent): boolean {
    const slot = this.#slots[instance];
    const next = slot && nextSoftwareMachine(slot, event);
    if (!slot || !next) return false;
    this.#slots[instance] = { ...next, name: slot.name };
    this.#world.review();
    return true;
  }
}
