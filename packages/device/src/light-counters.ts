/** Facts that a proof counts in the light itself, where no server can embellish them. */
export interface LightCounters {
  registrations: number;
  /** Blocks of firmware that arrived, duplicates included. */
  blocksArrived: number;
  /** Bytes in those blocks. */
  bytesArrived: number;
  /** Bytes of the images received whole. */
  bytesReceived: number;
  /** Images received whole. */
  packages: number;
  /** Execute requests on object 5, accepted or not. */
  executes: number;
  /**
   * Execute requests, accepted or not, since the current image was received; the highest over all attempts. Told apart by
   * their tokens: a datagram that the network repeats, even after a reboot, is the same request.
   */
  executesPerAttemptMax: number;
  reboots: number;
  /** How often it was switched on, or came back from a restart. */
  powerUps: number;
  /** DTLS handshakes that ended well. A light with a connection id needs one each time it is switched on. */
  handshakes: number;
  /** Every version that the light has run, oldest first; one after another only, and at most {@link versionsRunMax}. */
  readonly versionsRun: string[];
}

/** Beyond this many, the oldest are forgotten. */
export const versionsRunMax = 32;

export function zeroLightCounters(firmwareVersion: string): LightCounters {
  return {
    registrations: 0,
    blocksArrived: 0,
    bytesArrived: 0,
    bytesReceived: 0,
    packages: 0,
    executes: 0,
    executesPerAttemptMax: 0,
    reboots: 0,
    powerUps: 0,
    handshakes: 0,
    versionsRun: [firmwareVersion],
  };
}

/** Notes the version that a light runs after a start. */
export function countVersion({ versionsRun }: LightCounters, version: string): void {
  if (versionsRun.at(-1) === version) return;
  versionsRun.push(version);
  if (versionsRun.length > versionsRunMax) versionsRun.shift();
}

/** Counts the Execute requests of one attempt: those that came since the last image was received. */
export class AttemptCount {
  readonly #counters: LightCounters;
  readonly #tokens = new Set<string>();

  constructor(counters: LightCounters) {
    this.#counters = counters;
  }

  packageReceived(bytes: number): void {
    this.#counters.packages++;
    this.#counters.bytesReceived += bytes;
    this.#tokens.clear();
  }

  executed(token: string): void {
    this.#counters.executes++;
    this.#tokens.add(token);
    this.#counters.executesPerAttemptMax = Math.max(this.#counters.executesPerAttemptMax, this.#tokens.size);
  }
}
