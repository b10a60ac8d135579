import type { CoapEndpoint } from "@lamplighter/coap/endpoint";
import type { Cancel } from "@lamplighter/runtime/clock";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import type { FetchFailure } from "./fetch-world.ts";
import type { HttpGet } from "./http-get.ts";
import { fetchImage } from "./image-fetch.ts";
import type { ImageSource } from "./image-source.ts";
import { PartialImage } from "./partial-image.ts";

/** The light around it. */
export interface FirmwareFetchWorld {
  readonly endpoint: () => CoapEndpoint | undefined;
  readonly httpGet: HttpGet | undefined;
  /** Wakes after about this long, unless the light loses its power. */
  readonly after: (about: Duration, wake: () => void) => Cancel;
  readonly bytesMax: number;
  /** What a light does about a fetch that a power cut broke off; what it has of the image it keeps either way. */
  readonly afterPowerCut: "goes-on" | "forgets";
  /** Asked when it begins or goes on; false when there is no place for an image now. */
  readonly onBegin: () => boolean;
  readonly onPart: (part: { readonly bytes: number; readonly share: number | undefined }) => void;
  readonly onImage: (image: Uint8Array) => void;
  readonly onFailure: (result: FetchFailure) => void;
}

/**
 * Fetches one light's firmware from the address it was given, over breaks of the connection and of the power.
 *
 * What has arrived lies in flash. Whoever gives the same address again makes the light go on where it was.
 */
export class FirmwareFetch {
  readonly #world: FirmwareFetchWorld;
  #source: ImageSource | undefined;
  #flash: PartialImage | undefined;
  #stop: Cancel = () => {};
  #isBroken = false;

  constructor(world: FirmwareFetchWorld) {
    this.#world = world;
  }

  /** The Package URI; empty when there is none. */
  get uri(): string {
    return this.#source?.uri ?? "";
  }

  /** Begins at the next opportunity, not in the middle of an answer. */
  begin(source: ImageSource): void {
    this.#stop();
    this.#isBroken = false;
    this.#source = source;
    if (this.#flash?.uri !== source.uri) this.#flash = new PartialImage(source.uri);
    this.#stop = this.#world.after(seconds(1), () => this.#fetch());
  }

  /** Forgets the address and what there is of the image. */
  forget(): void {
    this.#stop();
    this.#isBroken = false;
    this.#source = undefined;
    this.#flash = undefined;
  }

  /** The power is gone. True when the light will go on by itself. */
  losePower(): boolean {
    this.#stop();
    // Where nothing lies in flash, nothing was being fetched.
    this.#isBroken = this.#flash !== undefined && this.#world.afterPowerCut === "goes-on";
    if (!this.#isBroken) this.#source = undefined;
    return this.#isBroken;
  }

  /** The light has its power and its server again. */
  goOn(): void {
    if (this.#isBroken && this.#source) this.begin(this.#source);
  }

  #fetch(): void {
    const { endpoint: endpointNow, onBegin, onPart, onImage, onFailure, ...world } = this.#world;
    const endpoint = endpointNow();
    const [source, flash] = [this.#source, this.#flash];
    if (!endpoint || !source || !flash) return;
    if (!onBegin()) {
      this.#flash = undefined;
      return;
    }
    this.#stop = fetchImage(source, flash, {
      ...world,
      endpoint,
      onPart: (bytes) => onPart({ bytes, share: flash.share }),
      onEnd: (end) => {
        this.#flash = undefined;
        this.#stop = () => {};
        if ("image" in end) onImage(end.image);
        else onFailure(end.result);
      },
    });
  }
}
