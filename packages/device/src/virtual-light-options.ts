import type { ObjectNode } from "@lamplighter/lwm2m/node";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import type { Duration } from "@lamplighter/runtime/duration";
import type { Random } from "@lamplighter/runtime/random";
import type { FaultKind, FaultSeverity } from "./faults.ts";
import type { HttpGet } from "./http-get.ts";
import type { ImageProtocol } from "./image-source.ts";
import type { LightIdentity } from "./light-identity.ts";
import type { FactorySoftware } from "./light-software.ts";
import type { FirmwareObjectVersion, LightDelivery } from "./object-tree.ts";
import type { LightLwm2mVersion } from "./observe-attributes.ts";
import type { LightProof } from "./secure-links.ts";

/** What makes one virtual light. */
export interface VirtualLightOptions {
  /** Stays open when the light stops; its owner closes it. */
  readonly port: DatagramPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: LightIdentity;
  /** The one server of a light that comes with its account. */
  readonly server?: Address;
  /** What it proves itself with to `server`, over DTLS; in the clear when absent. */
  readonly proof?: LightProof | undefined;
  /** Unguessable bytes, for its side of DTLS; needed where it has a key or is to be brought one. */
  readonly randomBytes?: (count: number) => Uint8Array;
  /** What a factory or a card gave the light, instead of `server`: objects 0, 1 and 2 (OMA TS Core 1.1 §6.1.4). */
  readonly accounts?: readonly ObjectNode[];
  /** How it asks its bootstrap server: by a Bootstrap-Request (usual), or for a pack first; and the format that it prefers. */
  readonly bootstrap?: { readonly asksForPack?: boolean; readonly preferredFormat?: number };
  readonly fault?: FaultKind;
  readonly severity?: Partial<FaultSeverity>;
  /** Chance that a datagram is lost, each way; the fault "packet-loss" adds to it. */
  readonly loss?: number;
  /** Queue mode: its radio is off from a while after the last message until its next Update. Always on when absent. */
  readonly sleep?: LightSleep | undefined;
  readonly lifetime?: Duration;
  /** How long the light is away between Execute and its return. */
  readonly installTime?: Duration;
  readonly imageBytesMax?: number;
  /** How it takes an image; by being sent it, unless said otherwise. */
  readonly delivery?: LightDelivery;
  /** By which protocols it fetches an image, and names in /5/0/8; by CoAP alone, unless said otherwise. */
  readonly protocols?: readonly ImageProtocol[];
  /** How it reaches the web; needed by a light that speaks HTTP or HTTPS. */
  readonly httpGet?: HttpGet;
  /** Whether a power cut in the middle of a fetch makes it forget the address; it goes on, unless said otherwise. */
  readonly afterPowerCut?: "goes-on" | "forgets";
  /** The LwM2M that it speaks; 1.1 unless said otherwise. */
  readonly lwm2m?: LightLwm2mVersion;
  /** Version of object 5; 1.1 unless said otherwise. */
  readonly firmwareObject?: FirmwareObjectVersion;
  /** The pieces of software that it comes with, as instances of object 9; without that object when absent. */
  readonly software?: readonly FactorySoftware[];
}

/** When a light in queue mode can be reached. */
export interface LightSleep {
  /** How long it listens after each message, either way. */
  readonly listensFor: Duration;
  /** How often it wakes by itself, to say that it is there. */
  readonly wakesEvery: Duration;
}
