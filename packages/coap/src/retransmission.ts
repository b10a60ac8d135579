import { type Duration, scale, seconds } from "@lamplighter/runtime/duration";

/** Transmission parameters, with the names RFC 7252 §4.8 gives them. */
export interface TransmissionParameters {
  readonly ackTimeout: Duration;
  readonly ackRandomFactor: number;
  readonly maxRetransmit: number;
}

export const defaultTransmissionParameters: TransmissionParameters = {
  ackTimeout: seconds(2),
  ackRandomFactor: 1.5,
  maxRetransmit: 4,
};

/** How long a message id stays taken after a confirmable message (RFC 7252 §4.8.2). */
export const exchangeLifetime: Duration = seconds(247);
/** How long a message id stays taken after a non-confirmable message (RFC 7252 §4.8.2). */
export const nonLifetime: Duration = seconds(145);
/** From the first transmission of a confirmable message to giving up on its acknowledgement (RFC 7252 §4.8.2). */
export const maxTransmitWait: Duration = seconds(93);

/** Where one confirmable message stands. The last three are final. */
export type Delivery =
  | { readonly phase: "in-flight"; readonly attempt: number; readonly timeout: Duration }
  | { readonly phase: "acknowledged" }
  | { readonly phase: "rejected" }
  | { readonly phase: "abandoned" };

export type DeliveryEvent = "acknowledged" | "reset" | "timed-out";

const acknowledged: Delivery = { phase: "acknowledged" };
const rejected: Delivery = { phase: "rejected" };
const abandoned: Delivery = { phase: "abandoned" };

/** Starts a delivery. `jitter` is in [0, 1): one draw spreads a thousand devices woken together. */
export function begin(parameters: TransmissionParameters, jitter: number): Delivery & { readonly phase: "in-flight" } {
  const spread = 1 + jitter * (parameters.ackRandomFactor - 1);
  return { phase: "in-flight", attempt: 0, timeout: scale(parameters.ackTimeout, spread) };
}

/**
 * Says what a message becomes when something happens to it (RFC 7252 §4.2).
 *
 * Pure on purpose. The caller owns the socket and the clock: on entering `in-flight` it sends and
 * sets an alarm for `timeout`; on leaving, it cancels. There is nothing else to get wrong.
 */
export function next(delivery: Delivery, event: DeliveryEvent, { maxRetransmit }: TransmissionParameters): Delivery {
  // A duplicated ACK, or an alarm that lost a race with one, finds the matter already settled.
  if (delivery.phase !== "in-flight") return delivery;

  switch (event) {
    case "acknowledged":
      return acknowledged;
    case "reset":
      return rejected;
    case "timed-out":
      if (delivery.attempt >= maxRetransmit) return abandoned;
      return { phase: "in-flight", attempt: delivery.attempt + 1, timeout: scale(delivery.timeout, 2) };
  }
}
