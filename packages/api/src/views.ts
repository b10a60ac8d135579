/**
 * What leaves the API, listed once by name. Types only: the console reads them as well.
 * Instants are ISO 8601 strings in UTC; identifiers are opaque strings; integers of 64 bits travel as decimal strings.
 */
import type { CampaignSpec, CampaignState, PauseReason } from "@lamplighter/campaigns/campaign";
import type { DeviceField, DeviceQuery, Presence } from "@lamplighter/campaigns/device-query";
import type { FailureCode, JobState, SkipReason, WaitReason } from "@lamplighter/campaigns/job";
import type { HeldReason, WaveState } from "@lamplighter/campaigns/wave";
import type { SoftwarePhase } from "@lamplighter/lwm2m/software/software-attempt";
import type { ImportedLight } from "./inventory/import-line.ts";

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Hand it back to get the next page; null on the last. */
  readonly nextCursor: string | null;
  readonly total: number;
}

export interface SessionView {
  readonly user: { readonly id: string; readonly name: string; readonly email: string; readonly role: string };
  readonly permissions: readonly string[];
  readonly installation: InstallationView;
}

export interface InstallationView {
  readonly name: string;
  readonly demo: boolean;
  readonly enrolmentPolicy: "open" | "approve" | "closed";
  readonly tileUrl: string | null;
  readonly firmwareBytesMax: number;
  /** Where lights connect to, e.g. `coap://192.0.2.1:5683`. */
  readonly coapUri: string;
  /** Where lights without an account ask for one, e.g. `coap://192.0.2.1:5783`. */
  readonly bootstrapUri: string;
  /** The same for lights with a key, e.g. `coaps://192.0.2.1:5684` and `coaps://192.0.2.1:5784`. */
  readonly coapsUri: string;
  readonly bootstrapCoapsUri: string;
  /** Where a light is best sent: behind DTLS, unless all may speak in the clear. */
  readonly newLightsUri: string;
}

export interface DeviceRow {
  readonly id: string;
  readonly endpoint: string;
  readonly name: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly hardwareRevision: string | null;
  readonly firmwareVersion: string | null;
  readonly street: string | null;
  readonly district: string | null;
  readonly feeder: string | null;
  readonly cell: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly presence: Presence;
  readonly lampLevel: number | null;
  readonly lampFailure: boolean | null;
  readonly queueMode: boolean;
  readonly demo: boolean;
  readonly lastSeenAt: string | null;
  /** The job that drives it now, if any. */
  readonly activeJob: {
    readonly jobId: string;
    readonly campaignId: string;
    readonly campaignName: string;
    readonly state: JobState;
  } | null;
}

export interface DeviceView extends DeviceRow {
  readonly serialNumber: string | null;
  readonly timeZone: string | null;
  readonly placeSource: "operator" | "import" | "device" | null;
  readonly powerClass: "always" | "night-switched";
  readonly registeredAt: string | null;
  readonly createdAt: string;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly registration: {
    readonly id: string;
    readonly address: string;
    /** It proved who it is, and everything between it and us is encrypted. */
    readonly isSecure: boolean;
    readonly lwm2mVersion: string;
    readonly lifetimeSeconds: number;
    readonly binding: string;
    readonly expiresAt: string | null;
  } | null;
}

/** Compact for thousands of points: `[id, longitude, latitude, presence, lampLevel, jobState | null, label]`. */
export type MapPoint = readonly [
  id: string,
  longitude: number,
  latitude: number,
  presence: Presence,
  lampLevel: number | null,
  jobState: JobState | null,
  label: string,
];

export type Facets = Readonly<
  Partial<Record<DeviceField, readonly { readonly value: string; readonly lights: number }[]>>
>;

export interface ObjectView {
  readonly object: number;
  readonly name: string;
  readonly version: string;
  readonly known: boolean;
  readonly instances: readonly { readonly instance: number; readonly resources: readonly ResourceView[] }[];
  /** Resources a Create may fill; from the model. */
  readonly multiple: boolean;
}

export interface ResourceView {
  readonly resource: number;
  readonly path: string;
  readonly name: string;
  readonly operations: "R" | "W" | "RW" | "E" | "";
  readonly multiple: boolean;
  readonly type: string;
  readonly range: string;
  readonly units: string;
  readonly observed: boolean;
  /** What was asked to be observed: this path, one above it, or several with a space between each. */
  readonly observedBy: string | null;
  readonly reading: ReadingView | null;
}

export interface ReadingView {
  readonly path: string;
  readonly value: WireValue;
  readonly source: "read" | "notify" | "write";
  readonly at: string;
}

/** A resource's value as it travels: integers and times as decimal strings, opaque as base64. */
export type WireValue =
  | {
      readonly type: "string" | "integer" | "unsigned" | "time" | "opaque" | "objlnk" | "corelnk";
      readonly value: string;
    }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "multiple"; readonly values: Readonly<Record<string, WireValue>> };

/** The answer of one operation by hand. `ok` carries what was read, if anything. */
export type OperationView =
  | {
      readonly kind: "ok";
      readonly milliseconds: number;
      readonly readings: readonly ReadingView[];
      readonly text?: string;
    }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  /** The light sleeps: it is sent when it wakes, if that is in time. */
  | { readonly kind: "queued"; readonly id: string; readonly expiresAt: string };

/** The software of one light, object 9. */
export interface SoftwareView {
  /** False when the light announces no Software Management object. */
  readonly hasObject: boolean;
  readonly instances: readonly SoftwareInstanceView[];
  /** The newest first; at most one has not ended. */
  readonly tasks: readonly SoftwareTaskView[];
}

/** One piece of software as it was last seen; null for what is not known. */
export interface SoftwareInstanceView {
  readonly instance: number;
  readonly name: string | null;
  readonly version: string | null;
  /** As the object's definition calls it: `Delivered`. */
  readonly state: string | null;
  readonly isInstalled: boolean;
  readonly isActive: boolean | null;
  /** What the light's last result says went wrong; null when nothing did. */
  readonly trouble: string | null;
  readonly at: string | null;
}

/** One change of one piece of software. */
export interface SoftwareTaskView {
  readonly id: string;
  readonly instance: number;
  readonly wish: "install" | "activate" | "deactivate" | "uninstall" | "make-ready";
  readonly phase: SoftwarePhase;
  readonly package: {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly bytes: number;
  } | null;
  readonly delivery: "push" | "pull" | null;
  readonly installs: "at-once" | "when-told";
  /** The order to install was given, and is carried out as soon as the light says again that it is ready. */
  readonly isTold: boolean;
  readonly bytesDone: number;
  readonly tries: number;
  readonly triesMax: number;
  /** Why it failed, or why the try before this one did. */
  readonly failure: string | null;
  readonly mayCancel: boolean;
  /** Until when it may stay in its phase. */
  readonly deadlineAt: string | null;
  readonly askedBy: string;
  readonly askedAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
}

/** What waits for a light in queue mode. */
export interface LightQueueView {
  /** `always`: it does not use queue mode. `away`: it is not registered. */
  readonly state: "awake" | "sleeping" | "always" | "away";
  readonly queueMode: boolean;
  readonly awakeUntil: string | null;
  readonly lastAwakeAt: string | null;
  /** Requests that wait or are under way. */
  readonly waiting: number;
  /** Those first, in their order; then what ended, newest first. */
  readonly requests: readonly QueuedRequestView[];
}

export interface QueuedRequestView {
  readonly id: string;
  /** `Write`: as the specification calls it. */
  readonly verb: string;
  readonly path: string;
  /** What it carries, in a line; may be empty. */
  readonly content: string;
  readonly state: "waiting" | "sent" | "delivered" | "failed" | "expired" | "cancelled" | "uncertain";
  readonly attempts: number;
  readonly askedAt: string;
  readonly askedBy: string;
  readonly expiresAt: string;
  readonly endedAt: string | null;
  readonly result: { readonly code: string; readonly message: string } | null;
}

export interface EventView {
  readonly seq: string;
  readonly at: string;
  readonly actor: string;
  readonly kind: string;
  readonly message: string;
  readonly deviceId: string | null;
  /** The light's name, or its endpoint where it has none; null when it is about no light, or that light was removed. */
  readonly light: string | null;
  readonly campaignId: string | null;
  readonly jobId: string | null;
}

export interface FirmwareSightingView {
  readonly version: string;
  readonly at: string;
  readonly campaignId: string | null;
  readonly campaignName: string | null;
}

export interface GroupView {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly kind: "static" | "query";
  readonly query: DeviceQuery | null;
  readonly lights: number;
  /** Why it finds no light where its query cannot be followed; null where it can. */
  readonly problem: string | null;
  readonly createdAt: string;
  /** Unfinished campaigns that target it. */
  readonly campaigns: readonly { readonly id: string; readonly name: string }[];
}

export interface PackageView {
  readonly id: string;
  /** `firmware` for campaigns, by object 5; `software` for a driver or radio of a light, by object 9. */
  readonly kind: "firmware" | "software";
  readonly name: string;
  readonly version: string;
  readonly vendor: string | null;
  readonly models: readonly string[];
  readonly hardwareRevisions: readonly string[];
  readonly fileName: string;
  readonly format: "mcuboot" | "opaque";
  readonly headerVersion: string | null;
  readonly notes: string | null;
  readonly state: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly campaigns: readonly { readonly id: string; readonly name: string; readonly state: CampaignState }[];
  /** Lights that run this version now. */
  readonly lights: number;
}

/** Lights per job state. Absent means zero. */
export type Tally = Readonly<Partial<Record<JobState, number>>>;

export interface CampaignRow {
  readonly id: string;
  readonly name: string;
  readonly state: CampaignState;
  readonly pauseReason: PauseReason | null;
  readonly stateDetail: string | null;
  readonly outcome: "clean" | "with-failures" | null;
  readonly packageId: string;
  readonly packageName: string;
  readonly version: string;
  readonly lights: number;
  readonly tally: Tally;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly startAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface CampaignView extends CampaignRow {
  readonly spec: CampaignSpec;
  readonly specSha256: string;
  readonly targetLabel: string;
  /** Lights that were removed from the inventory since: the figures count them, the list of lights does not. */
  readonly removedLights: number;
  readonly waves: readonly WaveView[];
  readonly waiting: readonly { readonly reason: WaitReason; readonly lights: number; readonly sentence: string }[];
  readonly failures: readonly {
    readonly code: FailureCode | "lost" | "rolled-back";
    readonly lights: number;
    readonly sentence: string;
  }[];
  readonly skips: readonly { readonly reason: SkipReason; readonly lights: number; readonly sentence: string }[];
}

export interface WaveView {
  readonly ordinal: number;
  readonly name: string;
  readonly state: WaveState;
  readonly heldReason: HeldReason | null;
  /** What the gate saw and said, in a sentence. */
  readonly verdict: string | null;
  readonly total: number;
  readonly tally: Tally;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface JobView {
  readonly id: string;
  readonly campaignId: string;
  readonly deviceId: string;
  readonly endpoint: string;
  readonly name: string | null;
  readonly waveOrdinal: number;
  readonly state: JobState;
  readonly skipReason: SkipReason | null;
  readonly waitReason: WaitReason | null;
  readonly failureCode: FailureCode | null;
  readonly detail: string | null;
  readonly attempt: number;
  readonly fromVersion: string | null;
  readonly expectedVersion: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly deadlineAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly updatedAt: string;
}

/** A light's job, with the campaign it belongs to. */
export interface DeviceJobView extends JobView {
  readonly campaignName: string;
  readonly campaignState: CampaignState;
}

/** What a campaign would do, before it is written. */
export interface CampaignPreview {
  readonly matched: number;
  readonly included: number;
  readonly skipped: readonly { readonly reason: SkipReason; readonly lights: number; readonly sentence: string }[];
  readonly waves: readonly { readonly name: string; readonly lights: number }[];
  /** Lights that are not connected now, those that never were among them. */
  readonly offline: number;
  readonly neverSeen: number;
  /** Sentences that forbid the campaign, e.g. "No light matches this target." Empty means it may be created. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly sample: readonly { readonly deviceId: string; readonly endpoint: string; readonly name: string | null }[];
}

export interface OverviewView {
  readonly lights: Readonly<Record<Presence, number>> & { readonly total: number };
  readonly lampFailures: number;
  /** Lights registered now: over DTLS, and in the clear. */
  readonly registered: { readonly secure: number; readonly clear: number };
  readonly versions: readonly { readonly version: string; readonly model: string; readonly lights: number }[];
  readonly campaigns: readonly CampaignRow[];
  readonly recent: readonly EventView[];
}

export interface ImportReport {
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Line numbers count the header as line 1. At most 200 are listed; `errorCount` is exact. Nothing is stored when there is any. */
  readonly errors: readonly { readonly line: number; readonly column: string | null; readonly message: string }[];
  readonly errorCount: number;
  /** The first five lines that have no error, as they were understood. What is absent stays as it is. */
  readonly firstLights: readonly ImportedLight[];
  readonly dryRun: boolean;
}

/** One thing that happened, for tabs that look on. A `reset` says: events were missed, read again. */
export type LiveEvent =
  | { readonly kind: "reset" }
  | { readonly kind: "devices-changed"; readonly deviceIds: readonly string[]; readonly more: boolean }
  | { readonly kind: "reading"; readonly deviceId: string; readonly reading: ReadingView }
  | { readonly kind: "campaign"; readonly campaign: CampaignRow; readonly waves: readonly WaveView[] }
  | { readonly kind: "job"; readonly job: JobView }
  | { readonly kind: "firmware-changed" }
  | { readonly kind: "groups-changed" }
  | { readonly kind: "security-changed" }
  | { readonly kind: "bootstraps-changed" }
  /** Definitions of objects came, changed or went: what lights have is to be shown by them. */
  | { readonly kind: "definitions-changed" };
