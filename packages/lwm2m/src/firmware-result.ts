/** The states of the Firmware Update object, resource /5/0/3 (OMA TS Core 1.1 §E.6). */
export type FirmwareState = 0 | 1 | 2 | 3;

export const firmwareStates = {
  0: "Idle",
  1: "Downloading",
  2: "Downloaded",
  3: "Updating",
} as const satisfies Record<FirmwareState, string>;

/** The results of the Firmware Update object, resource /5/0/5. 10 and 11 exist since version 1.1 of the object. */
export type UpdateResult = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11;

export interface UpdateResultMeaning {
  readonly name: string;
  /** A sentence for people. */
  readonly meaning: string;
  /** Whether the same image may be tried again on the same light with any hope. */
  readonly retryable: boolean;
}

export const updateResults: Readonly<Record<UpdateResult, UpdateResultMeaning>> = {
  0: { name: "initial", meaning: "No update was tried since the last reset.", retryable: true },
  1: { name: "success", meaning: "The firmware was updated.", retryable: false },
  2: { name: "no-flash", meaning: "The light has not enough flash memory for the package.", retryable: false },
  3: { name: "no-memory", meaning: "The light ran out of memory during the download.", retryable: true },
  4: { name: "connection-lost", meaning: "The connection was lost during the download.", retryable: true },
  5: { name: "integrity", meaning: "The package did not pass the light's integrity check.", retryable: false },
  6: { name: "wrong-type", meaning: "The light does not support this type of package.", retryable: false },
  7: { name: "invalid-uri", meaning: "The light cannot use the address of the package.", retryable: false },
  8: { name: "update-failed", meaning: "The light could not install the package.", retryable: true },
  9: {
    name: "unsupported-protocol",
    meaning: "The light does not speak the protocol of the address.",
    retryable: false,
  },
  10: { name: "cancelled", meaning: "The update was cancelled on the light.", retryable: true },
  11: { name: "deferred", meaning: "The light put the installation off.", retryable: true },
};

export const isFirmwareState = (value: number): value is FirmwareState =>
  Number.isInteger(value) && value >= 0 && value <= 3;
export const isUpdateResult = (value: number): value is UpdateResult =>
  Number.isInteger(value) && value >= 0 && value <= 11;
