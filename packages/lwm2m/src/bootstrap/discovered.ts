import { type CoreLink, parseLinks } from "../link-format.ts";
import { decodeUtf8 } from "../tlv-value.ts";

/** What a device said it holds, before anything is written (OMA TS Core 1.1 §6.1.7.2). */
export interface DiscoveredAccounts {
  /** The instance of object 0 that the device uses for its bootstrap server. */
  readonly bootstrapInstance?: number;
  /** Instances by object, with the short server ids that they are said to belong to. */
  readonly instances: readonly {
    readonly object: number;
    readonly instance: number;
    readonly shortServerId?: number;
  }[];
  /** As the device wrote it; advisory, for some write 1.0 whatever they speak. */
  readonly version?: string;
}

/**
 * Reads the answer to a bootstrap Discover. The bootstrap account is the instance of object 0 without `ssid`.
 *
 * More than one such instance leaves it unsaid which is the one; then none is taken for it, and all are left alone.
 * Throws `MalformedInput` for what is no link format.
 */
export function readDiscovered(payload: Uint8Array): DiscoveredAccounts {
  const text = decodeUtf8(payload, "bootstrap Discover");
  // Some devices put the version in front as a bare parameter, as the specification's own examples do.
  const bare = /^\s*lwm2m="?(\d+\.\d+)"?\s*(?:,|$)/.exec(text);
  const links = parseLinks(bare ? text.slice(bare[0].length) : text);
  const instances = links.flatMap((link) => {
    const place = /^\/(0|[1-9]\d{0,4})\/(0|[1-9]\d{0,4})\/?$/.exec(link.target);
    // What is beyond 16 bits, or reserved, is no place that anything could be written to.
    if (!place || Number(place[1]) > 65_535 || Number(place[2]) > 65_534) return [];
    const shortServerId = shortServerIdOf(link);
    return [{ object: Number(place[1]), instance: Number(place[2]), ...(shortServerId && { shortServerId }) }];
  });
  const nameless = instances.filter(({ object, shortServerId }) => object === 0 && shortServerId === undefined);
  const version = bare?.[1] ?? versionIn(links);
  return {
    ...(nameless.length === 1 && { bootstrapInstance: nameless[0]!.instance }),
    instances,
    ...(version !== undefined && { version }),
  };
}

function shortServerIdOf({ attributes }: CoreLink): number | undefined {
  const ssid = attributes.ssid;
  return typeof ssid === "string" && /^\d{1,5}$/.test(ssid) ? Number(ssid) : undefined;
}

function versionIn(links: readonly CoreLink[]): string | undefined {
  for (const { attributes } of links) if (typeof attributes.lwm2m === "string") return attributes.lwm2m;
  return undefined;
}
