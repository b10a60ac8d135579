import { checkConfiguration } from "@lamplighter/lwm2m/bootstrap/check-configuration";
import {
  type AccessControl,
  type BootstrapConfiguration,
  type BootstrapFormat,
  type Credentials,
  type Deletion,
  deletions,
} from "@lamplighter/lwm2m/bootstrap/configuration";
import type { RouterInputs, RouterOutputs } from "@/lib/trpc";

/** One server as the form shows it: its security account and its server account are one thing to a person. Empty numbers are NaN. */
export interface DraftServer {
  readonly key: string;
  readonly uri: string;
  readonly shortServerId: number;
  readonly lifetimeSeconds: number;
  /** The transports, without queue mode: `U`. */
  readonly transports: string;
  readonly queueMode: boolean;
  readonly storesNotifications: boolean;
  readonly periodMinSeconds: number;
  readonly periodMaxSeconds: number;
  readonly disableTimeoutSeconds: number;
}

/** A configuration while it is written. */
export interface BootstrapDraft {
  readonly name: string;
  readonly targetKind: "default" | "group" | "device";
  readonly endpoint: string;
  readonly groupId: string;
  readonly servers: readonly DraftServer[];
  /** Empty: a light keeps the bootstrap account that it has. */
  readonly bootstrapUri: string;
  /** How long a light waits before it asks there, and after how long it forgets the account. */
  readonly bootstrapHoldOffSeconds: number;
  readonly bootstrapTimeoutSeconds: number;
  readonly deletions: readonly Deletion[];
  /** Empty: what the light prefers. */
  readonly format: BootstrapFormat | "";
  readonly accessControl: readonly AccessControl[];
  /** Keys also go to a light that asks without DTLS: whoever listens has them then. */
  readonly handsOutKeysInTheClear: boolean;
}

/** Whether an address is one behind DTLS: a light is brought its own key for it. */
export const isProtected = (uri: string): boolean => /^\s*coaps:/i.test(uri);

type Input = RouterInputs["bootstrap"]["create"];
type View = RouterOutputs["bootstrap"]["get"];

/** A server to begin with: ours, with the number that most installations use. */
export function newServer(uri: string, shortServerId: number): DraftServer {
  return {
    ...{ key: crypto.randomUUID(), uri, shortServerId, lifetimeSeconds: 300 },
    ...{ transports: "U", queueMode: false, storesNotifications: true },
    ...{ periodMinSeconds: Number.NaN, periodMaxSeconds: Number.NaN, disableTimeoutSeconds: Number.NaN },
  };
}

export function newDraft(uri: string): BootstrapDraft {
  return {
    ...{ name: "", targetKind: "default", endpoint: "", groupId: "" },
    servers: [newServer(uri, 1)],
    ...{ bootstrapHoldOffSeconds: Number.NaN, bootstrapTimeoutSeconds: Number.NaN },
    ...{ bootstrapUri: "", deletions: ["/0", "/1"], format: "", accessControl: [] },
    handsOutKeysInTheClear: false,
  };
}

/** The smallest number that no server has. */
export function freeServerId(servers: readonly DraftServer[]): number {
  let id = 1;
  while (servers.some(({ shortServerId }) => shortServerId === id)) id++;
  return id;
}

/** What is stored, as the form shows it. */
export function draftOf({ name, target, configuration }: View): BootstrapDraft {
  const { security, servers } = configuration;
  const bootstrap = security.find(({ isBootstrapServer }) => isBootstrapServer);
  return {
    name,
    targetKind: target.kind,
    endpoint: target.kind === "device" ? target.endpoint : "",
    groupId: target.kind === "group" ? (target.groupId ?? "") : "",
    servers: servers.map((server) => {
      const account = security.find(({ shortServerId }) => shortServerId === server.shortServerId);
      return {
        key: String(server.shortServerId),
        uri: account?.uri ?? "",
        shortServerId: server.shortServerId,
        lifetimeSeconds: server.lifetimeSeconds,
        transports: server.binding.replace("Q", ""),
        queueMode: server.binding.includes("Q"),
        storesNotifications: server.storesNotifications,
        periodMinSeconds: server.periodMinSeconds ?? Number.NaN,
        periodMaxSeconds: server.periodMaxSeconds ?? Number.NaN,
        disableTimeoutSeconds: server.disableTimeoutSeconds ?? Number.NaN,
      };
    }),
    bootstrapUri: bootstrap?.uri ?? "",
    bootstrapHoldOffSeconds: bootstrap?.holdOffSeconds ?? Number.NaN,
    bootstrapTimeoutSeconds: bootstrap?.accountTimeoutSeconds ?? Number.NaN,
    deletions: configuration.deletions,
    format: configuration.format ?? "",
    accessControl: configuration.accessControl,
    handsOutKeysInTheClear: configuration.handsOutKeysInTheClear ?? false,
  };
}

/** The form as it is sent. */
export function inputOf(draft: BootstrapDraft): Input {
  return {
    name: draft.name.trim(),
    target:
      draft.targetKind === "device"
        ? { kind: "device", endpoint: draft.endpoint.trim() }
        : draft.targetKind === "group"
          ? { kind: "group", groupId: draft.groupId }
          : { kind: "default" },
    configuration: configurationOf(draft) as Input["configuration"],
  };
}

/**
 * What is wrong with a draft, by field: `name`, `servers.0.uri`, `bootstrapUri`. The same judgement as the server's, told
 * beside the fields.
 */
export function problemsOf(draft: BootstrapDraft): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  const tell = (field: string, why: string) => {
    if (!problems.has(field)) problems.set(field, why);
  };
  if (draft.name.trim() === "") tell("name", "Give the configuration a name.");
  if (draft.targetKind === "device" && draft.endpoint.trim() === "")
    tell("endpoint", "Give the light's endpoint name.");
  if (draft.targetKind === "group" && draft.groupId === "") tell("groupId", "Choose a group.");
  for (const { at, why } of checkConfiguration(configurationOf(draft))) tell(fieldOf(at, draft.servers.length), why);
  return problems;
}

function configurationOf(draft: BootstrapDraft): BootstrapConfiguration {
  const uris = [...draft.servers.map(({ uri }) => uri), draft.bootstrapUri];
  return {
    // In the order of the standard list, whatever the order of the clicks.
    deletions: deletions.filter((path) => draft.deletions.includes(path)),
    security: [
      ...draft.servers.map(({ uri, shortServerId }) => ({
        ...{ uri: uri.trim(), isBootstrapServer: false, credentials: credentialsFor(uri), shortServerId },
      })),
      ...(draft.bootstrapUri.trim() === ""
        ? []
        : [
            {
              ...{ uri: draft.bootstrapUri.trim(), isBootstrapServer: true },
              credentials: credentialsFor(draft.bootstrapUri),
              ...given("holdOffSeconds", draft.bootstrapHoldOffSeconds),
              ...given("accountTimeoutSeconds", draft.bootstrapTimeoutSeconds),
            },
          ]),
    ],
    servers: draft.servers.map((server) => ({
      shortServerId: server.shortServerId,
      lifetimeSeconds: server.lifetimeSeconds,
      binding: `${server.transports}${server.queueMode ? "Q" : ""}`,
      storesNotifications: server.storesNotifications,
      ...given("periodMinSeconds", server.periodMinSeconds),
      ...given("periodMaxSeconds", server.periodMaxSeconds),
      ...given("disableTimeoutSeconds", server.disableTimeoutSeconds),
    })),
    accessControl: draft.accessControl,
    ...(draft.format !== "" && { format: draft.format }),
    ...(draft.handsOutKeysInTheClear && uris.some(isProtected) && { handsOutKeysInTheClear: true }),
  };
}

function credentialsFor(uri: string): Credentials {
  return { mode: isProtected(uri) ? "psk-of-device" : "no-sec" };
}

function given<Name extends string>(name: Name, value: number): { readonly [key in Name]?: number } {
  return (Number.isNaN(value) ? {} : { [name]: value }) as { readonly [key in Name]?: number };
}

const bootstrapFields: Readonly<Record<string, string>> = {
  holdOffSeconds: "bootstrapHoldOffSeconds",
  accountTimeoutSeconds: "bootstrapTimeoutSeconds",
};

/** Where the form shows what the judgement says of `security.1.uri`. */
function fieldOf(at: string, servers: number): string {
  const security = /^security\.(\d+)\.(\w+)/.exec(at);
  if (security && Number(security[1]) < servers) return `servers.${security[1]}.${security[2]}`;
  if (security) return bootstrapFields[security[2] ?? ""] ?? "bootstrapUri";
  const access = /^accessControl\.\d+/.exec(at);
  return access ? access[0] : at;
}
