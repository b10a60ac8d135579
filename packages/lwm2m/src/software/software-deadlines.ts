import { type Duration, hours, minutes, scale, seconds } from "@lamplighter/runtime/duration";
import type { SoftwareAttempt } from "./software-attempt.ts";

/** How often a package is brought to a device in all, where it failed in a way that may pass. */
export const softwareTriesMax = 3;
/** How often one step is executed in all, where the device did not answer and nothing happened. */
export const softwareExecutesMax = 2;

/** How long a device may stay out of reach before anything was asked of it: one in queue mode may sleep for hours. */
const examineWithin: Duration = hours(24);
/** How long a package may take to be there and verified. */
const deliverWithin: Duration = hours(4);
/** How long a delivered package waits for the order to install. */
const holdFor: Duration = hours(7 * 24);
const installWithin: Duration = minutes(30);
const switchWithin: Duration = minutes(5);
const uninstallWithin: Duration = minutes(15);
/**
 * The longest that a datagram is on its way (RFC 7252 §4.8.2, MAX_LATENCY). An Execute without an answer that has shown no
 * effect by then never arrived.
 */
const unansweredFor: Duration = seconds(100);
/** Pause before the second try; the third waits twice as long. */
const retryAfter: Duration = seconds(20);

/** How long an attempt may stay in its phase; undefined for one that has ended. */
export function softwareDeadline(attempt: SoftwareAttempt): Duration | undefined {
  if (attempt.isUnanswered) return unansweredFor;
  switch (attempt.phase) {
    case "creating":
    case "examining":
      return examineWithin;
    case "pushing":
    case "offering":
    case "confirming-delivery":
      return deliverWithin;
    case "delivered":
      return holdFor;
    case "installing":
    case "confirming-install":
      return installWithin;
    case "switching":
    case "confirming-switch":
      return switchWithin;
    case "clearing":
    case "confirming-clear":
    case "uninstalling":
    case "confirming-uninstall":
      return uninstallWithin;
    case "waiting-to-retry":
      return scale(retryAfter, attempt.tries - 1);
    case "succeeded":
    case "failed":
    case "cancelled":
      return undefined;
  }
}
