import type { FirmwareDelivery } from "./firmware-attempt.ts";

/** What a device says of how it takes an image: /5/0/9, /5/0/8, and what the model of /5/0/1 allows. */
export interface DeliveryFacts {
  /** 0 it fetches, 1 it is sent, 2 both; undefined when it does not say. */
  readonly method?: number | undefined;
  /** Protocols it fetches by, as numbered in OMA object 5, resource 8; undefined when it does not say. */
  readonly protocols?: readonly number[] | undefined;
  /** Longest Package URI it takes, in bytes. */
  readonly uriBytesMax?: number | undefined;
  /** Whether it is registered over DTLS: only then has it a key for a fetch over CoAPS. */
  readonly isProtected?: boolean | undefined;
}

/** One address of an image. */
export interface ImageAddress {
  readonly uri: string;
}

export type DeliveryChoice =
  | { readonly kind: "push" }
  | { readonly kind: "pull"; readonly uri: string }
  | { readonly kind: "none"; readonly why: string };

/** Longest Package URI of the specification, in bytes (OMA object 5, resource 1). */
export const packageUriBytesMax = 255;

/** Schemes by the number that OMA object 5, resource 8, gives them. Numbers that are not here are passed over, as it asks. */
const schemes: Readonly<Record<number, string>> = {
  0: "coap",
  1: "coaps",
  2: "http",
  3: "https",
  4: "coap+tcp",
  5: "coaps+tcp",
};
/** A device that does not name its protocols fetches over CoAP (OMA object 5, resource 8). */
const protocolsUnsaid = [0];

/**
 * Chooses how an image goes to a device. What the device says of itself binds; where it leaves both open, `prefers`
 * decides. Of the addresses the first one is taken that the device can use: one over CoAPS only when it speaks with us over
 * DTLS, and before all others then.
 */
export function chooseDelivery(
  { method, protocols = protocolsUnsaid, uriBytesMax = packageUriBytesMax, isProtected = false }: DeliveryFacts,
  { prefers, addresses }: { readonly prefers: FirmwareDelivery; readonly addresses: readonly ImageAddress[] },
): DeliveryChoice {
  const mayPush = method !== 0;
  if (mayPush && (method === 1 || prefers === "push")) return { kind: "push" };
  const spoken = protocols.flatMap((number) => schemes[number] ?? []);
  const open = addresses.filter((address) => !isCoaps(address));
  const reachable = isProtected ? [...addresses.filter(isCoaps), ...open] : open;
  const usable = reachable.filter(({ uri }) => spoken.includes(schemeOf(uri)));
  const fitting = usable.find(({ uri }) => Buffer.byteLength(uri) <= uriBytesMax);
  if (fitting) return { kind: "pull", uri: fitting.uri };
  if (mayPush) return { kind: "push" };
  return {
    kind: "none",
    why: whyNone({ spoken, addresses: reachable, uriBytesMax, isProtected, isTooLong: usable.length > 0 }),
  };
}

const schemeOf = (uri: string): string => uri.slice(0, uri.indexOf(":"));
const isCoaps = ({ uri }: ImageAddress): boolean => schemeOf(uri) === "coaps";

function whyNone(seen: {
  spoken: readonly string[];
  addresses: readonly ImageAddress[];
  uriBytesMax: number;
  isProtected: boolean;
  isTooLong: boolean;
}): string {
  if (seen.isTooLong) {
    return `The light only fetches images, and takes addresses of ${seen.uriBytesMax} bytes; ours are longer.`;
  }
  const ours = seen.addresses.map(({ uri }) => schemeOf(uri));
  const offered = ours.length === 0 ? "no address" : ours.join(" and ");
  const needsKey = !seen.isProtected && seen.spoken.includes("coaps");
  const toWhom = needsKey ? " to a light without a key" : "";
  const theirs = seen.spoken.length === 0 ? "no protocol that we know" : `only ${seen.spoken.join(", ")}`;
  return `The light only fetches images, and speaks ${theirs}; this server offers ${offered}${toWhom}.`;
}
