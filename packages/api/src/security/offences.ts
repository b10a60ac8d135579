import type { BootstrapServerEvent } from "@lamplighter/lwm2m/bootstrap/server";
import type { ServerEvent } from "@lamplighter/lwm2m/server";
import type { SecurityEventKind, SecurityLog } from "./security-log.ts";

const kinds = {
  "wrong-name": "wrong-name",
  clear: "clear-refused",
  keys: "keys-refused",
} as const satisfies Record<string, SecurityEventKind>;

/** Tells the security log of requests that were refused for who sent them, by the server or the bootstrap server. */
export function offenceListener({
  events,
  shown,
  identityOf,
}: {
  readonly events: SecurityLog;
  /** What the peer at an address proved to be; undefined for one in the clear, or gone. */
  readonly identityOf: (address: string) => Uint8Array | undefined;
  /** An address as people know it. */
  readonly shown: (address: string) => string;
}): (event: ServerEvent | BootstrapServerEvent) => void {
  return (event) => {
    if (event.kind !== "refused" || !event.offence) return;
    const { endpoint, code, why, offence } = event;
    const address = shown(event.address);
    const identity = identityOf(event.address);
    events.note({ kind: kinds[offence], endpoint, identity, address, detail: `Refused with ${code}: ${why}` });
  };
}
