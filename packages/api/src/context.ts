import type { CampaignStore } from "@lamplighter/campaigns/campaign-store";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { ObjectModels } from "@lamplighter/lwm2m/object-model";
import type { TraceRecorder } from "@lamplighter/lwm2m/trace/trace-recorder";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import type { CampaignControl } from "./campaign/control.ts";
import type { Blobs } from "./firmware/blobs.ts";
import type { EnrolmentGate } from "./inventory/enrolment-gate.ts";
import type { LiveFeed } from "./live/feed.ts";
import type { Lights } from "./operation/lights.ts";
import type { SecurityServices } from "./security/services.ts";
import type { SoftwareControl } from "./software/control.ts";

/** The person (or later the token) behind a request. */
export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
}

/** What the procedures work with. Wired once by the server; a test hands in its own. */
export interface Services {
  readonly db: PrismaClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  /** Operations on lights: the LwM2M server. */
  readonly lights: Lights;
  readonly models: ObjectModels;
  readonly campaigns: CampaignControl;
  readonly campaignStore: CampaignStore;
  /** Changes of the software of single lights, by object 9. */
  readonly software: SoftwareControl;
  readonly live: LiveFeed;
  /** Records what is said with lights that somebody watches. */
  readonly trace: Pick<TraceRecorder, "watch">;
  readonly blobs: Blobs;
  readonly enrolment: EnrolmentGate;
  /** Keys of lights, and who is connected with them. */
  readonly security: SecurityServices;
  readonly facts: InstallationFacts;
  /** Ends the simulated town; without that its lights would register again at once. */
  readonly endDemo: () => Promise<void>;
}

/** What does not change while the server runs. */
export interface InstallationFacts {
  readonly demo: boolean;
  readonly firmwareBytesMax: number;
  readonly coapUri: string;
  /** Where lights find the bootstrap server. */
  readonly bootstrapUri: string;
  /** The same over DTLS. */
  readonly coapsUri: string;
  readonly bootstrapCoapsUri: string;
  /** This server's own public key, as lights with public keys are given it: SubjectPublicKeyInfo in base64. */
  readonly publicKey: string;
  /** Whether a certificate of a light can be worth anything: some authority is trusted. */
  readonly trustsAuthorities: boolean;
}

/** The WebSocket behind a request, as far as a subscription must know it. */
export interface Connection {
  /** False while the tab takes its events slower than they come. */
  hasRoom(): boolean;
  /** Subscriptions open now; counted as each is followed. */
  subscriptions: number;
}

/** What every procedure is handed. */
export interface Context extends Services {
  /** Who asks, as the session stands now; undefined when nobody is signed in. Asked anew for each request. */
  readonly currentActor: () => Promise<Actor | undefined>;
  /**
   * Takes a place among the requests under way; what comes back gives it back. Undefined when all are taken. Absent where
   * whoever calls is trusted to be few.
   */
  readonly takePlace?: ((actor: Actor) => (() => void) | undefined) | undefined;
  /** Undefined for a request over plain HTTP. */
  readonly connection: Connection | undefined;
}

/** A context in which somebody is signed in: what a procedure's body gets. */
export type SignedIn = Context & { readonly actor: Actor };
