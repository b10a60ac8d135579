import { type Node, singleValue } from "@lamplighter/lwm2m/node";
import type { ResourceModel } from "@lamplighter/lwm2m/object-model";
import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type { Registration } from "@lamplighter/lwm2m/registration";
import type { Lwm2mServer } from "@lamplighter/lwm2m/server";
import type { ServerEvent } from "@lamplighter/lwm2m/server-event";
import { text } from "@lamplighter/lwm2m/value";
import { readRange } from "@lamplighter/lwm2m/value-range";
import type { Cancel } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import type { DeviceGateway, DeviceSign } from "./device-gateway.ts";

/** The gateway in production: the LwM2M server, and a place to hand its events to. */
export interface ServerGateway extends DeviceGateway {
  /** Hand every event of the server in here. */
  take(event: ServerEvent): void;
}

/** Codes by which a light says that it has no such resource, or keeps it to itself. */
const absences = ["4.04", "4.05", "4.01"];

/** What a light answers, or undefined where it says that it has no such thing. */
export async function unlessAbsent<Value>(
  answer: Promise<OperationOutcome<Value>>,
): Promise<OperationOutcome<Value | undefined>> {
  const outcome = await answer;
  if (outcome.kind !== "error" || !absences.includes(outcome.code)) return outcome;
  return { kind: "ok", value: undefined, roundTrip: milliseconds(0) };
}

/** The numbers at a resource, one or several; undefined where there are none. */
export function numbersIn(node: Node | undefined): readonly number[] | undefined {
  const values =
    node?.kind === "single" ? [node.value] : node?.kind === "multiple" ? [...node.values.values()] : undefined;
  return values?.map(({ value }) => Number(value)).filter(Number.isSafeInteger);
}

/** The longest address that a definition allows its resource; undefined where it says nothing in bytes. */
export function addressBytesMax(resource: ResourceModel | undefined): number | undefined {
  const range = resource && readRange(resource.range);
  return range?.kind === "bytes" ? range.max : undefined;
}

/** Puts the orchestrator's few questions to the LwM2M server. */
export function gatewayFromServer(
  server: Pick<Lwm2mServer, "find" | "isAwake" | "modelOf" | "read" | "write" | "writeOpaque" | "execute">,
): ServerGateway {
  const listeners = new Set<(sign: DeviceSign) => void>();
  const tell = (sign: DeviceSign) => {
    for (const listener of listeners) listener(sign);
  };

  /** One that waits to be accepted counts as not there. */
  function accepted(endpoint: string): Registration | undefined {
    const registration = server.find(endpoint);
    return registration?.pending ? undefined : registration;
  }

  /** Reads one value; anything but a value of the asked kind is malformed. */
  async function one(endpoint: string, path: string): Promise<OperationOutcome<string>> {
    const outcome = await server.read(endpoint, path);
    if (outcome.kind !== "ok") return outcome;
    const value = singleValue(outcome.value);
    if (value === undefined) return { kind: "malformed", why: `${path} did not come back as one value` };
    return { ...outcome, value: String(value.value) };
  }

  return {
    isRegistered: (endpoint) => accepted(endpoint) !== undefined && server.isAwake(endpoint),
    isAsleep: (endpoint) => accepted(endpoint) !== undefined && !server.isAwake(endpoint),
    registeredAt: (endpoint) => accepted(endpoint)?.registeredAt,
    async readFirmware(endpoint) {
      const state = await one(endpoint, "/5/0/3");
      if (state.kind !== "ok") return state;
      const result = await one(endpoint, "/5/0/5");
      if (result.kind !== "ok") return result;
      const version = await one(endpoint, "/3/0/3");
      if (version.kind !== "ok") return version;
      return {
        ...version,
        value: { state: Number(state.value), result: Number(result.value), version: version.value },
      };
    },
    resetFirmware: (endpoint, by) =>
      by === "uri"
        ? server.write(endpoint, "/5/0/1", text(""))
        : server.writeOpaque(endpoint, "/5/0/0", Uint8Array.of(0)),
    pushPackage: (endpoint, image, { onProgress, mayContinue }) =>
      server.writeOpaque(endpoint, "/5/0/0", image, {
        mayContinue,
        onProgress: ({ bytesAcknowledged }) => onProgress(bytesAcknowledged),
      }),
    async readDelivery(endpoint) {
      const method = await unlessAbsent(server.read(endpoint, "/5/0/9"));
      if (method.kind !== "ok") return method;
      const protocols = await unlessAbsent(server.read(endpoint, "/5/0/8"));
      if (protocols.kind !== "ok") return protocols;
      return {
        ...protocols,
        value: {
          method: numbersIn(method.value)?.[0],
          protocols: numbersIn(protocols.value),
          uriBytesMax: addressBytesMax(server.modelOf(endpoint, 5)?.resources.get(1)),
          isProtected: server.find(endpoint)?.authenticated === true,
        },
      };
    },
    offerPackage: (endpoint, uri) => server.write(endpoint, "/5/0/1", text(uri)),
    executeUpdate: (endpoint) => server.execute(endpoint, "/5/0/2"),
    onSign(listener): Cancel {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    take(event) {
      switch (event.kind) {
        case "registered":
          return tell({ kind: "registered", endpoint: event.registration.endpoint });
        case "updated": {
          const { endpoint, queueMode, pending } = event.registration;
          if (queueMode && !pending && server.isAwake(endpoint)) tell({ kind: "awake", endpoint });
          return;
        }
        case "deregistered":
        case "expired":
          return tell({ kind: "gone", endpoint: event.registration.endpoint });
        case "value": {
          if (event.source !== "notify") return;
          const value = singleValue(event.node);
          if (value === undefined) return;
          const number = Number(value.value);
          if (event.path === "/5/0/3") tell({ kind: "firmware-state", endpoint: event.endpoint, state: number });
          if (event.path === "/5/0/5") tell({ kind: "firmware-result", endpoint: event.endpoint, result: number });
        }
      }
    },
  };
}
