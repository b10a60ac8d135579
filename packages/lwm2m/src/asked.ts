import { formatCode, isSuccess } from "@lamplighter/coap/code";
import type { ResponseOutcome } from "@lamplighter/coap/endpoint";
import type { ExchangeOutcome } from "./device-session.ts";
import { malformedFrom } from "./malformed-input.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { messageOf } from "./response-message.ts";

/** What came of one request, before its answer is read. */
export type Asked = OperationOutcome<ResponseOutcome>;

/** What CoAP says of a request, as the outcome of an operation. */
export function asAsked(ended: ExchangeOutcome): Asked {
  if (ended.kind === "waited-out") return { kind: "timed-out" };
  if (ended.kind === "ended") return { kind: "unreachable", why: ended.why };
  const { outcome, roundTrip } = ended;
  switch (outcome.kind) {
    case "response":
      if (isSuccess(outcome.code)) return { kind: "ok", value: outcome, roundTrip };
      return {
        kind: "error",
        code: formatCode(outcome.code),
        message: messageOf(outcome.code, outcome.payload, outcome.contentFormat),
      };
    case "reset":
      return { kind: "unreachable", why: "The device rejected the message." };
    case "refused":
      return { kind: "unreachable", why: outcome.why };
    case "timed-out":
    case "cancelled":
      return outcome;
  }
}

/** Reads an answer; what cannot be read is `malformed`, and what was no answer stays what it was. */
export function reading<T>(asked: Asked, read: (response: ResponseOutcome) => T): OperationOutcome<T> {
  if (asked.kind !== "ok") return asked;
  try {
    return { ...asked, value: read(asked.value) };
  } catch (error) {
    return { kind: "malformed", why: malformedFrom(error).message };
  }
}

/** An answer of which nothing but its success counts. */
export function withoutValue(asked: Asked): OperationOutcome<void> {
  return asked.kind === "ok" ? { ...asked, value: undefined } : asked;
}
