/** States of one software package on a device (OMA object 9, resource 7, Update State). */
export type SoftwareState = 0 | 1 | 2 | 3 | 4;

export const softwareStates = {
  0: "Initial",
  1: "Download started",
  2: "Downloaded",
  3: "Delivered",
  4: "Installed",
} as const satisfies Record<SoftwareState, string>;

export const isSoftwareState = (value: number): value is SoftwareState =>
  Number.isInteger(value) && value >= 0 && value <= 4;

/** What an Update Result says (OMA object 9, resource 9). */
export interface SoftwareResultMeaning {
  readonly name: string;
  /** A sentence for people. */
  readonly meaning: string;
  /** Whether the same package may be brought to the same light again with any hope. */
  readonly retryable: boolean;
}

/** The results that the object's definition names. It leaves 4–49 and 60–200 open for later ones. */
const named: Readonly<Record<number, SoftwareResultMeaning>> = {
  0: { name: "initial", meaning: "Nothing was tried since the last reset.", retryable: true },
  1: { name: "downloading", meaning: "The package is being downloaded.", retryable: true },
  2: { name: "installed", meaning: "The software was installed.", retryable: false },
  3: { name: "delivered", meaning: "The package was downloaded and its integrity verified.", retryable: true },
  50: { name: "no-storage", meaning: "The light has not enough storage for the package.", retryable: false },
  51: { name: "no-memory", meaning: "The light ran out of memory during the download.", retryable: true },
  52: { name: "connection-lost", meaning: "The connection was lost during the download.", retryable: true },
  53: { name: "integrity", meaning: "The package did not pass the light's integrity check.", retryable: false },
  54: { name: "wrong-type", meaning: "The light does not support this type of package.", retryable: false },
  56: { name: "invalid-uri", meaning: "The light cannot use the address of the package.", retryable: false },
  57: { name: "device-defined", meaning: "The light reports an update error of its own.", retryable: false },
  58: { name: "install-failed", meaning: "The light could not install the software.", retryable: false },
  59: {
    name: "uninstall-failed",
    meaning: "The light could not make room for the update of its software.",
    retryable: false,
  },
};

/** Results from here on say that something failed. */
const failuresFrom = 50;
const resultMax = 200;

export const isSoftwareResult = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= resultMax;

/** Whether a result says that something failed. One that the definition does not name yet is judged by its block. */
export const isSoftwareFailure = (result: number): boolean => result >= failuresFrom;

/** What a result means, also one that the definition does not name. */
export function softwareResult(result: number): SoftwareResultMeaning {
  return (
    named[result] ?? {
      name: `result-${result}`,
      meaning: `The light reports result ${result}, which object 9 does not name.`,
      retryable: false,
    }
  );
}
