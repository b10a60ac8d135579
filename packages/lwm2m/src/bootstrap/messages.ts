import { DELETE, GET, POST, PUT } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { OutgoingRequest, RequestOutcome } from "@lamplighter/coap/endpoint";
import { type Duration, seconds } from "@lamplighter/runtime/duration";
import type { BootstrapFormat } from "./configuration.ts";
import { bootstrapFormatOf, encodeAccount, formatNumbers, type PackFormat } from "./content.ts";
import type { BootstrapOperation } from "./plan.ts";
import { type BootstrapAnswer, pathOf } from "./session.ts";

/** A device gives up on a bootstrap after this long (OMA TS Core 1.1 §6.1: EXCHANGE_LIFETIME). */
export const bootstrapTimeMax: Duration = seconds(247);

/**
 * Each try of an operation: given up after 21 s at most, then sent once more as a new message. Two such tries leave time
 * for the rest of the sequence within {@link bootstrapTimeMax}.
 */
const transmission = { maxRetransmit: 2 } as const;

/** An operation of a bootstrap as the CoAP request that asks for it (OMA TS Core 1.1 §6.1.7). */
export function requestOf(operation: BootstrapOperation, format: BootstrapFormat): Omit<OutgoingRequest, "peer"> {
  const path = pathOf(operation)
    .split("/")
    .filter((segment) => segment !== "");
  switch (operation.kind) {
    case "discover":
      return { method: GET, path, accept: contentFormat.link, transmission };
    case "delete":
      return { method: DELETE, path, transmission };
    case "write": {
      const { object, node } = operation;
      const payload = encodeAccount(node, { object, instance: node.instance }, format);
      return { method: PUT, path, contentFormat: formatNumbers[format], payload, transmission };
    }
    case "read":
      return { method: GET, path, accept: formatNumbers[format], transmission };
    case "finish":
      // Some devices acknowledge at once and answer when they have tried their accounts.
      return { method: POST, path, transmission, responseTimeout: bootstrapTimeMax };
  }
}

/** How an exchange with the device ended, as {@link nextBootstrap} takes it. */
export function answerOf(outcome: RequestOutcome): BootstrapAnswer {
  switch (outcome.kind) {
    case "response":
      return { kind: "response", code: outcome.code, payload: outcome.payload, contentFormat: outcome.contentFormat };
    case "timed-out":
    case "cancelled":
      return { kind: "silent" };
    case "reset":
      return { kind: "failed", why: "The device rejected the message." };
    case "refused":
      return { kind: "failed", why: outcome.why };
  }
}

/** The format of a Bootstrap-Pack: the one asked for, CBOR when none is; undefined for one that we do not write. */
export function packFormatOf(accept: number | undefined): PackFormat | undefined {
  const format = accept === undefined ? "senml-cbor" : bootstrapFormatOf(accept);
  return format === "tlv" ? undefined : format;
}
