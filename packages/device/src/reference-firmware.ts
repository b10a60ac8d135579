import type { Agent, IncomingMessage } from "coap";
import { checkImage } from "./firmware-image.ts";
import { type FirmwareEvent, type FirmwareMachine, idle, nextFirmware } from "./firmware-machine.ts";
import type { AttemptCount, LightCounters } from "./light-counters.ts";
import { fetchRest, type ReferenceFlash } from "./reference-fetch.ts";

interface ReferenceFirmwareParts {
  /** How it fetches its images; it is sent them when absent. */
  readonly fetches?: "coap" | "http" | undefined;
  readonly counters: LightCounters;
  readonly attempt: AttemptCount;
  /** Wakes it later, unless the light loses power before. */
  readonly after: (milliseconds: number, wake: () => void) => void;
  /** What it asks by; absent while the light is without power. */
  readonly agent: () => Agent | undefined;
  /** Called when its State or Result is another. */
  readonly changed: () => void;
}

/** The Firmware Update object of a reference light: an image that it is sent, or fetches with node-coap or over HTTP. */
export class ReferenceFirmware {
  readonly #parts: ReferenceFirmwareParts;
  #machine: FirmwareMachine = idle;
  /** The image that it fetches, as far as it is there. */
  #flash: ReferenceFlash | undefined;
  #hangUp = new AbortController();

  constructor(parts: ReferenceFirmwareParts) {
    this.#parts = parts;
  }

  get machine(): FirmwareMachine {
    return this.#machine;
  }

  /** Where it fetches an image from; empty when it does not. */
  get uri(): string {
    return this.#flash?.uri ?? "";
  }

  /** Fetches on what it had begun, now that it is registered. */
  goOn(): void {
    if (this.#flash) this.#fetchLater();
  }

  /** Lets go of the connection that it fetches over. */
  hangUp(): void {
    this.#hangUp.abort();
    this.#hangUp = new AbortController();
  }

  losePower(): void {
    this.step({ kind: "power-lost", goesOn: this.#flash !== undefined });
  }

  /** False when nothing of the kind may happen now. */
  step(event: FirmwareEvent): boolean {
    const next = nextFirmware(this.#machine, event);
    if (!next) return false;
    this.#machine = next;
    this.#parts.changed();
    return true;
  }

  /** A package written to /5/0/0. Returns the code of the answer. */
  takePackage(payload: Buffer): string {
    if (payload.length === 0 || (payload.length === 1 && payload[0] === 0)) {
      return this.step({ kind: "reset" }) ? "2.04" : "4.05";
    }
    return this.#takeImage(payload) ? "2.04" : "4.05";
  }

  #takeImage(image: Buffer): boolean {
    this.#parts.attempt.packageReceived(image.length);
    return this.step({ kind: "package-received", check: checkImage(image) });
  }

  /** An address written to /5/0/1. Returns the code of the answer. */
  takeUri(uri: string): string {
    if (uri === "") {
      this.#flash = undefined;
      return this.step({ kind: "reset" }) ? "2.04" : "4.05";
    }
    const { fetches } = this.#parts;
    if (!fetches) return "4.00";
    if (!URL.canParse(uri) || new URL(uri).protocol !== `${fetches}:`) {
      return this.step({ kind: "package-refused", result: 9 }) ? "2.04" : "4.05";
    }
    if (this.machine.state > 1) return "4.05";
    // It is being fetched from there already, if this is not the first time that it is said.
    if (this.#flash?.uri === uri) return "2.04";
    this.#flash = { uri, tag: null, bytes: Buffer.alloc(0) };
    this.#fetchLater();
    return "2.04";
  }

  #fetchLater(milliseconds = 300): void {
    this.#parts.after(milliseconds, () => {
      const flash = this.#flash;
      if (!flash || !this.step({ kind: "package-begun" })) return;
      if (this.#parts.fetches === "coap") this.#fetchByCoap(flash);
      else void this.#fetchByHttp(flash);
    });
  }

  async #fetchByHttp(flash: ReferenceFlash): Promise<void> {
    // It may have registered anew in the middle of an earlier fetch.
    this.hangUp();
    const { signal } = this.#hangUp;
    const onBytes = (bytes: number) => {
      this.#parts.counters.blocksArrived++;
      this.#parts.counters.bytesArrived += bytes;
    };
    const end = await fetchRest(flash, { signal, onBytes });
    if (signal.aborted || this.#flash !== flash) return;
    if (end === "later" || end === "broken") return this.#fetchLater(2_000);
    this.#flash = undefined;
    if (end === "whole") this.#takeImage(flash.bytes);
    else this.step({ kind: "package-refused", result: 7 });
  }

  /** node-coap asks for one block after the other by itself, and shows only the whole. */
  #fetchByCoap(flash: ReferenceFlash): void {
    const { hostname, port, pathname } = new URL(flash.uri);
    const request = this.#parts
      .agent()
      ?.request({ host: hostname, port: Number(port || 5_683), pathname, method: "GET" });
    if (!request) return;
    let isSettled = false;
    const settle = (answer: IncomingMessage | undefined) => {
      if (isSettled || this.#flash !== flash) return;
      isSettled = true;
      if (!answer || answer.code === "5.03") return void this.#fetchLater(2_000);
      this.#flash = undefined;
      if (answer.code !== "2.05") return void this.step({ kind: "package-refused", result: 7 });
      this.#parts.counters.bytesArrived += answer.payload.length;
      this.#takeImage(answer.payload);
    };
    request.on("response", settle);
    request.on("error", () => settle(undefined));
    request.on("timeout", () => settle(undefined));
    request.end();
  }
}
