import { type Duration, hours, minutes, seconds } from "@lamplighter/runtime/duration";

/** How long a light that is back may take to say that the update succeeded. */
export const confirmationDeadline: Duration = minutes(2);

/** How long a light may put an installation off. */
export const deferralDeadline: Duration = hours(24);

/**
 * The longest that a datagram is taken to be on its way (RFC 7252 §4.8.2, MAX_LATENCY). A light that still waits for its
 * Execute this long after our intent was stored, when our process that sent it is gone, never got it.
 */
export const executeSettle: Duration = seconds(100);
