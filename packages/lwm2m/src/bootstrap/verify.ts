import { contentFormat } from "@lamplighter/coap/content-format";
import { malformedFrom } from "../malformed-input.ts";
import type { Node, ResourceNode } from "../node.ts";
import { describeValue } from "../value.ts";
import { decodeAccount } from "./content.ts";
import type { BootstrapWrite } from "./plan.ts";

/** A device may differ in everything; the history keeps the first few. */
const differencesMax = 4;

/**
 * Compares what a device reads out of object 1 or 2 with what was written to it; answers sentences, none when all is there.
 * What it holds beyond that is its own affair. These objects hold no secrets, so values may be named.
 */
export function differences(
  object: 1 | 2,
  written: readonly BootstrapWrite[],
  answer: { readonly payload: Uint8Array; readonly contentFormat?: number | undefined },
): readonly string[] {
  let read: Node;
  try {
    read = decodeAccount(answer.payload, answer.contentFormat ?? contentFormat.tlv, { object });
  } catch (error) {
    return [malformedFrom(error).message];
  }
  if (read.kind !== "object") return [`What came back is not object ${object}.`];
  const found: string[] = [];
  for (const { node } of written) {
    const there = read.instances.get(node.instance);
    if (!there) {
      found.push(`/${object}/${node.instance} is not there.`);
      continue;
    }
    for (const resource of node.resources.values()) {
      const at = `/${object}/${node.instance}/${resource.resource}`;
      const [want, got] = [describe(resource), describe(there.resources.get(resource.resource))];
      if (want !== got) found.push(`${at} is ${got ?? "not there"}, ${want} was written.`);
    }
  }
  return found.slice(0, differencesMax);
}

function describe(resource: ResourceNode | undefined): string | undefined {
  if (!resource) return undefined;
  if (resource.kind === "single") return describeValue(resource.value);
  return [...resource.values]
    .sort(([a], [b]) => a - b)
    .map(([id, value]) => `${id}: ${describeValue(value)}`)
    .join(", ");
}
