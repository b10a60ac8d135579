import type { Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import type { Random } from "@lamplighter/runtime/random";

/** What a scripted light does wrong, and how its job must end when it is given enough attempts. */
export const scriptedEndings = {
  healthy: { state: "succeeded" },
  "no-flash": { state: "failed", failureCode: "no-flash" },
  integrity: { state: "failed", failureCode: "integrity" },
  "wrong-type": { state: "failed", failureCode: "wrong-type" },
  "invalid-uri": { state: "failed", failureCode: "invalid-uri" },
  "unsupported-protocol": { state: "failed", failureCode: "unsupported-protocol" },
  "memory-once": { state: "succeeded" },
  "connection-once": { state: "succeeded" },
  "power-cut": { state: "succeeded" },
  "update-fails-once": { state: "succeeded" },
  // Which of its many attempts was the last, and whether that one got as far as the installation, is chance.
  "update-fails": { state: "failed" },
  "never-returns": { state: "lost" },
  "late-return": { state: "succeeded" },
  "falls-back": { state: "rolled-back" },
  "falls-back-later": { state: "rolled-back" },
  "odd-version": { state: "failed", failureCode: "wrong-version" },
  defers: { state: "succeeded" },
  "stale-result": { state: "succeeded" },
  "foreign-image": { state: "succeeded" },
  "knows-no-uri": { state: "succeeded" },
  "keeps-registration": { state: "succeeded" },
  "absent-at-first": { state: "succeeded" },
} as const satisfies Record<string, { readonly state: string; readonly failureCode?: string }>;

export type ScriptedFault = keyof typeof scriptedEndings;
export const scriptedFaults = Object.keys(scriptedEndings) as ScriptedFault[];

/** What a light that asks for a block of an image hears: the block, later, no such image, or nothing. */
export type Fetched = "block" | "later" | "gone" | "silence";
export type Fetch = (uri: string, block: number) => Fetched;

interface Fetching {
  readonly uri: string;
  readonly version: string;
  block: number;
}

/** Blocks of an image that is fetched. */
const blocksFetched = 8;

/** What a light answers; undefined: nothing, it is down. */
export type Answer<T> = { readonly ok: T } | { readonly code: string } | undefined;

const packageResults: Readonly<Partial<Record<ScriptedFault, number>>> = {
  integrity: 5,
  "wrong-type": 6,
  "invalid-uri": 7,
  "unsupported-protocol": 9,
};

/**
 * Object 5 of a light as a script: what arrives, not how it travels. It counts the Executes that reach it for each image
 * it was given, which no orchestrator may bring above one.
 */
export class ScriptedLight {
  readonly endpoint: string;
  readonly fault: ScriptedFault;
  version = "1.0.0";
  state = 0;
  result = 0;
  isUp = true;
  /** Executes that arrived since the image in it was complete, and the most there ever were. */
  executes = 0;
  executesMost = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #register: (light: ScriptedLight) => void;
  /** Asks for a block of an image; undefined for a light that is sent its images. */
  readonly #fetch: Fetch | undefined;
  /** The fetch under way, or to be taken up after a restart. */
  #fetching: Fetching | undefined;
  #candidate: string | undefined;
  #pushes = 0;
  #installs = 0;
  #boots = 0;

  constructor(options: {
    readonly endpoint: string;
    readonly fault: ScriptedFault;
    readonly clock: Clock;
    readonly random: Random;
    readonly register: (light: ScriptedLight) => void;
    readonly fetch?: Fetch | undefined;
  }) {
    this.endpoint = options.endpoint;
    this.fault = options.fault;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#register = options.register;
    this.#fetch = options.fetch;
    if (this.fault === "stale-result") this.result = 5;
    if (this.fault === "foreign-image") this.state = 2;
    if (this.fault === "absent-at-first") this.#down(60_000, () => this.#register(this));
    else this.#register(this);
  }

  read(what: "state" | "result" | "version"): Answer<number | string> {
    return this.isUp ? { ok: this[what] } : undefined;
  }

  reset(by: "uri" | "package"): Answer<void> {
    if (!this.isUp) return undefined;
    if (by === "uri" && this.fault === "knows-no-uri") return { code: "4.04" };
    if (this.state === 3) return { code: "4.05" };
    this.state = 0;
    this.#fetching = undefined;
    if (this.fault !== "stale-result") this.result = 0;
    return { ok: undefined };
  }

  /** How it takes an image: it fetches, or is sent (OMA object 5, resource 9). */
  get delivery(): Answer<{ readonly method: number }> {
    return this.isUp ? { ok: { method: this.#fetch ? 0 : 1 } } : undefined;
  }

  /** It is told where an image is. */
  offer(uri: string, version: string): Answer<void> {
    if (!this.isUp) return undefined;
    if (!this.#fetch) return { code: "4.05" };
    if (this.state > 1) return { code: "4.05" };
    this.#fetching = { uri, version, block: 0 };
    this.#fetchSoon(this.#fetching, this.#random.next() * 5_000);
    return { ok: undefined };
  }

  #fetchSoon(fetching: Fetching, span: number): void {
    this.#after(span, () => {
      if (this.#fetching !== fetching || !this.isUp) return;
      const { uri, block, version } = fetching;
      const heard = this.#fetch?.(uri, block) ?? "silence";
      if (heard === "later" || heard === "silence") return this.#fetchSoon(fetching, 3_000);
      if (heard === "gone") {
        this.#fetching = undefined;
        this.state = 0;
        this.result = 7;
        return;
      }
      fetching.block++;
      const taken = this.block(block, blocksFetched - 1, version);
      if (taken && "ok" in taken && block < blocksFetched - 1) this.#fetchSoon(fetching, 300);
      // A power cut takes it up again when it is back.
      else if (taken) this.#fetching = undefined;
    });
  }

  /** One block of the image arrives. */
  block(number: number, last: number, version: string): Answer<void> {
    if (!this.isUp) return undefined;
    if (this.state > 1 || (number > 0 && this.state !== 1)) return { code: number === 0 ? "4.05" : "4.08" };
    if (number === 0) this.#pushes++;
    this.state = 1;
    const isFirstPush = this.#pushes === 1;
    if (this.fault === "no-flash") return this.#refuse(2);
    if (number * 2 >= last && isFirstPush) {
      if (this.fault === "memory-once") return this.#refuse(3);
      if (this.fault === "connection-once") return this.#refuse(4);
      if (this.fault === "power-cut") {
        this.reboot();
        return undefined;
      }
    }
    if (number < last) return { ok: undefined };
    const wrong = packageResults[this.fault];
    if (wrong !== undefined) return this.#refuse(wrong);
    this.state = 2;
    this.executes = 0;
    this.#candidate = version;
    return { ok: undefined };
  }

  execute(): Answer<void> {
    if (!this.isUp) return undefined;
    this.executes++;
    this.executesMost = Math.max(this.executesMost, this.executes);
    if (this.state !== 2) return { code: "4.05" };
    this.state = 3;
    this.#after(1_000 + this.#random.next() * 4_000, () => this.#install());
    return { ok: undefined };
  }

  /** Loses power for a while. What was being received is gone; a whole image is kept. */
  reboot(): void {
    if (this.state === 1) this.state = 0;
    const fetching = this.#fetching;
    // Some remember where to fetch from, and some where they were.
    const remembers = this.#random.next() < 0.5;
    this.#fetching = undefined;
    this.#down(2_000 + this.#random.next() * 15_000, () => {
      if (fetching && remembers) {
        this.#fetching = { ...fetching, block: 0 };
        this.#fetchSoon(this.#fetching, 1_000);
      }
      this.#register(this);
    });
  }

  #install(): void {
    if (this.state !== 3) return;
    const installs = ++this.#installs;
    const away = 3_000 + this.#random.next() * 15_000;
    if (this.fault === "defers" && installs === 1) {
      this.state = 2;
      this.result = 11;
      this.#after(30_000, () => {
        if (this.state !== 2 || this.result !== 11) return;
        this.state = 3;
        this.#install();
      });
      return;
    }
    if (this.fault === "never-returns") return this.#down(Number.MAX_SAFE_INTEGER, () => {});
    this.#down(this.fault === "late-return" && installs === 1 ? 200_000 : away, () => {
      this.state = 0;
      const isBad = this.fault === "update-fails" || (this.fault === "update-fails-once" && installs === 1);
      this.result = isBad ? 8 : 1;
      if (this.fault === "odd-version") this.version = "9.9.9";
      else if (!isBad && this.fault !== "falls-back") this.version = this.#candidate ?? this.version;
      if (this.fault !== "keeps-registration") this.#register(this);
      if (this.fault === "falls-back-later") {
        this.#after(150_000, () => {
          this.version = "1.0.0";
          this.reboot();
        });
      }
    });
  }

  #refuse(result: number): Answer<void> {
    this.state = 0;
    this.result = result;
    return { code: "5.00" };
  }

  #down(span: number, then: () => void): void {
    this.isUp = false;
    const boot = ++this.#boots;
    this.#after(span, () => {
      if (boot !== this.#boots) return;
      this.isUp = true;
      then();
    });
  }

  #after(span: number, then: () => void): void {
    if (span < Number.MAX_SAFE_INTEGER) this.#clock.after(milliseconds(span), then);
  }
}
