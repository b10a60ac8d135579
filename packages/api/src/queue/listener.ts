import { contentFrom, type PlainContent } from "@lamplighter/lwm2m/queue/plain-content";
import type { QueuedOperation, QueuedRequest } from "@lamplighter/lwm2m/queue/queued-request";
import type { ServerEvent } from "@lamplighter/lwm2m/server-event";
import type { InventoryWriter } from "../inventory/writer.ts";
import { pathFrom, toWire, withoutSecrets } from "../operation/wire.ts";
import { contentOf, verbOf } from "./view.ts";

/** Writes into a light's timeline how each queued request ended, and tells tabs that its queue moved. */
export function queueListener(
  writer: Pick<InventoryWriter, "event" | "reading" | "patch">,
): (event: ServerEvent) => void {
  return (event) => {
    if (event.kind !== "queue") return;
    const { endpoint, ended } = event;
    writer.patch(endpoint, { touched: true });
    // Who takes a request back is written down with their name, where they do it.
    if (!ended || ended.state === "cancelled") return;
    const at = new Date(ended.endedAt ?? ended.askedAt);
    writer.event({ endpoint, kind: `queue.${ended.state}`, message: sentenceOf(ended), at });
    const { operation, result } = ended;
    if (ended.state !== "delivered" || result?.code !== "ok") return;
    // What a light accepted is its last known value, until it says something else.
    for (const { path, content: plain } of writtenBy(operation)) {
      const content = contentFrom(plain);
      if ("kind" in content || path.split("/").length !== 4) continue;
      writer.reading({ endpoint, path, value: withoutSecrets(pathFrom(path), toWire(content)), source: "write", at });
    }
  };
}

function writtenBy(operation: QueuedOperation): readonly { readonly path: string; readonly content: PlainContent }[] {
  if (operation.kind === "write") return operation.mode === "partial" ? [] : [operation];
  if (operation.kind !== "write-composite") return [];
  return operation.contents.flatMap(({ path, content }) => (content === "delete" ? [] : [{ path, content }]));
}

function sentenceOf({ operation, endpoint, state, result, attempts }: QueuedRequest): string {
  const content = contentOf(operation);
  const what = `${verbOf[operation.kind]} ${operation.path}${content ? ` (${content})` : ""} on ${endpoint}`;
  const { code = "", message = "" } = result ?? {};
  switch (state) {
    case "delivered":
      if (code === "ok") return `${what}: delivered when it woke${message ? `: ${message}` : "."}`;
      return `${what}: delivered, and the light answered ${code}${message ? `: ${message}` : "."}`;
    case "expired":
      return `${what}: not delivered, the light did not wake in time.`;
    case "failed":
      return `${what}: not delivered${attempts > 0 ? ` after ${attempts} attempts` : ""}. ${message}`;
    default:
      return `${what}: ${message}`;
  }
}
