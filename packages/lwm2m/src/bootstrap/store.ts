import type { BootstrapConfiguration } from "./configuration.ts";
import type { BootstrapOutcome, BootstrapStep } from "./session.ts";

/** A configuration that is to be used for a device. */
export interface ChosenConfiguration {
  readonly id: string;
  readonly name: string;
  readonly configuration: BootstrapConfiguration;
}

/** How one bootstrap went, from the first word to the last. Times are epoch milliseconds. */
export interface BootstrapRecord {
  readonly endpoint: string;
  readonly address: string;
  readonly trigger: BootstrapTrigger;
  readonly configurationId?: string | undefined;
  readonly configurationName?: string | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: BootstrapRecordOutcome;
  readonly steps: readonly BootstrapStep[];
}

/** Who began: the device asked (/bs), asked for everything at once (/bspack), or the server began by itself (LwM2M 1.0). */
export type BootstrapTrigger = "request" | "pack" | "server";

/** `refused`: there is no configuration for the device. `packed`: everything was sent in one answer. */
export type BootstrapRecordOutcome = BootstrapOutcome | "refused" | "packed";

/** Where a bootstrap server looks up what a device is to get, and keeps how it went. */
export interface BootstrapStore {
  /** The configuration of the device itself, else of a group that it is in, else the default. */
  configurationFor(endpoint: string): Promise<ChosenConfiguration | undefined>;
  /** Keeps a record; the oldest go beyond {@link recordsPerEndpointMax} and {@link recordsMax}. */
  record(record: BootstrapRecord): Promise<void>;
}

/** Records kept of one device. */
export const recordsPerEndpointMax = 20;
/** Records kept of all devices: whoever makes up names must not fill the disk. */
export const recordsMax = 100_000;
