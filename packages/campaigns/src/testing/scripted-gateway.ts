import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type { Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import type { Random } from "@lamplighter/runtime/random";
import type { DeviceGateway, DeviceSign } from "../device-gateway.ts";
import type { AttemptDownload, ImageDownloads } from "../image-downloads.ts";
import type { Answer, Fetched, ScriptedLight } from "./scripted-light.ts";

const blocks = 8;

/** How the network behaves: chances of a request or an answer that never comes, and of one that is very late. */
export interface Weather {
  readonly lost: number;
  /** Chance that an Execute takes up to a minute to arrive. */
  readonly late: number;
}

/** What all servers on one network know of its lights: who is registered, and since when. */
export class ScriptedNetwork {
  readonly lights = new Map<string, ScriptedLight>();
  readonly registrations = new Map<string, number>();
  readonly registeredAt = new Map<string, number>();
  readonly clock: Clock;
  readonly #weather: Weather;
  readonly #random: Random;
  /** The server that is up now. */
  gateway: ScriptedGateway | undefined;

  /** A light asks the server for a block of an image. */
  fetch(uri: string): Fetched {
    const isLost = this.#random.next() < this.#weather.lost;
    return isLost || !this.gateway ? "silence" : this.gateway.downloads.fetch(uri);
  }

  constructor(clock: Clock, random: Random, weather: Weather) {
    this.clock = clock;
    this.#random = random;
    this.#weather = weather;
  }

  /** A light registers; it goes on trying until a server is there. */
  register(light: ScriptedLight): void {
    if (!light.isUp) return;
    if (!this.gateway) {
      this.clock.after(milliseconds(3_000), () => this.register(light));
      return;
    }
    this.registrations.set(light.endpoint, (this.registrations.get(light.endpoint) ?? 0) + 1);
    this.registeredAt.set(light.endpoint, this.clock.now().getTime());
    this.gateway.tell({ kind: "registered", endpoint: light.endpoint });
  }

  passing(span: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(milliseconds(span), resolve));
  }

  /** One request and its answer. What has left arrives even when the server that sent it is gone. */
  async exchange<T>(endpoint: string, act: (light: ScriptedLight) => Answer<T>, mayBeLate = false): Promise<Heard<T>> {
    const light = this.lights.get(endpoint);
    const before = this.registrations.get(endpoint);
    if (!light || before === undefined) return { kind: "not-registered" };
    const isLost = this.#random.next() < this.#weather.lost;
    const isLate = mayBeLate && this.#random.next() < this.#weather.late;
    const isUnheard = this.#random.next() < this.#weather.lost;
    await this.passing(10 + this.#random.next() * 150);
    if (isLate) {
      this.clock.after(milliseconds(this.#random.next() * 60_000), () => act(light));
    } else if (!isLost) {
      const answer = act(light);
      await this.passing(10 + this.#random.next() * 150);
      if (this.registrations.get(endpoint) !== before) return { kind: "unreachable", why: "It registered anew." };
      if (answer && !isUnheard) {
        if ("code" in answer) return { kind: "error", code: answer.code, message: "" };
        return { kind: "ok", value: answer.ok, roundTrip: milliseconds(1) };
      }
    }
    await this.passing(20_000);
    return { kind: "timed-out" };
  }
}

type Heard<T> = OperationOutcome<T>;

/** Images that one server lets lights fetch. */
export class ScriptedDownloads implements ImageDownloads {
  readonly #open = new Map<string, AttemptDownload>();
  readonly #closed = new Set<string>();

  addresses(attempt: string) {
    return [{ uri: `coap://server/fw/${attempt}` }];
  }

  open(download: AttemptDownload) {
    const uri = `coap://server/fw/${download.attempt}`;
    this.#open.set(uri, download);
    this.#closed.delete(uri);
    return {
      hold: () => {
        if (this.#open.get(uri) === download) this.#open.delete(uri);
      },
      close: () => {
        if (this.#open.get(uri) === download) {
          this.#open.delete(uri);
          this.#closed.add(uri);
        }
      },
    };
  }

  fetch(uri: string): Fetched {
    const download = this.#open.get(uri);
    if (!download) return this.#closed.has(uri) ? "gone" : "later";
    if (!download.mayContinue()) return "later";
    download.onProgress(0);
    return "block";
  }
}

/** One server's way to the lights. */
export class ScriptedGateway implements DeviceGateway {
  readonly #network: ScriptedNetwork;
  readonly #expectedVersion: string;
  readonly #listeners = new Set<(sign: DeviceSign) => void>();
  readonly downloads = new ScriptedDownloads();
  isAlive = true;

  constructor(network: ScriptedNetwork, expectedVersion: string) {
    this.#network = network;
    this.#expectedVersion = expectedVersion;
  }

  tell(sign: DeviceSign): void {
    for (const listener of this.#listeners) listener(sign);
  }

  isRegistered(endpoint: string): boolean {
    return this.#network.registrations.has(endpoint);
  }

  isAsleep(): boolean {
    return false;
  }

  registeredAt(endpoint: string): number | undefined {
    return this.#network.registeredAt.get(endpoint);
  }

  async readFirmware(endpoint: string) {
    const state = await this.#network.exchange(endpoint, (light) => light.read("state"));
    if (state.kind !== "ok") return state;
    const result = await this.#network.exchange(endpoint, (light) => light.read("result"));
    if (result.kind !== "ok") return result;
    const version = await this.#network.exchange(endpoint, (light) => light.read("version"));
    if (version.kind !== "ok") return version;
    const value = { state: Number(state.value), result: Number(result.value), version: String(version.value) };
    return { ...version, value };
  }

  resetFirmware(endpoint: string, by: "uri" | "package") {
    return this.#network.exchange(endpoint, (light) => light.reset(by));
  }

  async pushPackage(
    endpoint: string,
    image: Uint8Array,
    { onProgress, mayContinue }: { onProgress: (bytesDone: number) => void; mayContinue: () => boolean },
  ): Promise<OperationOutcome<void>> {
    for (let number = 0; number < blocks; number++) {
      if (number > 0 && !mayContinue()) return { kind: "cancelled" };
      const outcome = await this.#network.exchange(endpoint, (light) =>
        light.block(number, blocks - 1, this.#expectedVersion),
      );
      if (!this.isAlive || outcome.kind !== "ok") return outcome;
      onProgress(Math.round(((number + 1) / blocks) * image.length));
    }
    return { kind: "ok", value: undefined, roundTrip: milliseconds(1) };
  }

  readDelivery(endpoint: string) {
    return this.#network.exchange(endpoint, (light) => light.delivery);
  }

  offerPackage(endpoint: string, uri: string) {
    return this.#network.exchange(endpoint, (light) => light.offer(uri, this.#expectedVersion));
  }

  executeUpdate(endpoint: string) {
    return this.#network.exchange(endpoint, (light) => light.execute(), true);
  }

  onSign(listener: (sign: DeviceSign) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
