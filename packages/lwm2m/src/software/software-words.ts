import type { SoftwareFailure, SoftwareOperation, SoftwareStepName, SoftwareWish } from "./software-attempt.ts";
import { softwareResult } from "./software-result.ts";

/** What each operation was to do, after "The light …". */
const aims: Readonly<Record<SoftwareOperation, string>> = {
  create: "create the instance",
  read: "say how its software stands",
  clear: "make room for the package",
  push: "take the package",
  offer: "take the address of the package",
  install: "install the package",
  switch: "change whether the software is active",
  uninstall: "uninstall the software",
};

const notDone: Readonly<Record<SoftwareStepName, string>> = {
  clear: "The light was told to make room for the package, and never did.",
  install: "The light was told to install the package, and never showed it as installed.",
  switch: "The light was told to change whether the software is active, and never did.",
  uninstall: "The light was told to uninstall the software, and never did.",
};

/** Why a change of software failed, in a sentence for people. */
export function saySoftwareFailure(failure: SoftwareFailure): string {
  switch (failure.kind) {
    case "result":
      return softwareResult(failure.result).meaning;
    case "refused":
      if (failure.operation === "read" && failure.code === "4.04") return "The light has no such software instance.";
      return `The light answered ${failure.code} when it was asked to ${aims[failure.operation]}.`;
    case "unreachable":
      return `The light did not answer when it was asked to ${aims[failure.operation]}.`;
    case "nothing-installed":
      return "Nothing is installed there that could be activated or deactivated.";
    case "not-delivered":
      return "The whole package was sent, yet the light does not have it.";
    case "not-done":
      return notDone[failure.step];
    case "delivery-deadline":
      return "The package did not reach the light in time.";
    case "hold-deadline":
      return "The package was delivered, and nobody said to install it in time; it was thrown away.";
    case "undeliverable":
      return failure.why;
    case "no-image":
      return "The package could not be read on the server. Its log says why.";
    case "wrong-version":
      return `The light reports version ${failure.version || "(none)"} after the installation. Check what the package really holds.`;
    case "malformed":
      return `The light reports the ${failure.what} ${failure.value}, which object 9 does not allow.`;
  }
}

/** What is wanted, in a few words: `activate`, `install 2.0.0`. */
export function saySoftwareWish(wish: SoftwareWish): string {
  switch (wish.kind) {
    case "install":
      return `install ${wish.version}`;
    case "uninstall":
      return wish.forUpdate ? "make ready for an update" : "uninstall";
    default:
      return wish.kind;
  }
}
