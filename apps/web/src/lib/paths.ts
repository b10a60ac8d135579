import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import type { JobState } from "@lamplighter/campaigns/job";
import { type LightsView, writeLightsQuery } from "./lights-query";

export interface CampaignTabQuery {
  readonly tab?: string;
  readonly states?: readonly JobState[];
  readonly wave?: number;
  readonly failure?: string;
  readonly wait?: string;
  readonly skip?: string;
  readonly job?: string;
}

export interface SecurityQuery {
  readonly tab?: "events";
  readonly mode?: string;
  readonly state?: "active" | "pending" | "none";
  readonly registered?: "secure" | "clear" | "no";
  readonly kind?: string;
}

/** Every address of the console, as typed functions. Nothing else writes a path by hand. */
export const paths = {
  overview: () => "/",
  signIn: (next?: string) => withSearch("/sign-in", { next }),
  welcome: (token: string) => withSearch("/welcome", { token }),
  map: (query?: DeviceQuery, view?: LightsView) => `/map${writeLightsQuery(query, view)}`,
  lights: (query?: DeviceQuery, view?: LightsView) => `/lights${writeLightsQuery(query, view)}`,
  light: (id: string, tab?: "objects" | "timeline" | "firmware" | "software" | "bootstrap" | "security" | "trace") =>
    withSearch(`/lights/${encodeURIComponent(id)}`, { tab }),
  lightsImport: () => "/lights/import",
  groups: () => "/groups",
  groupNew: () => "/groups/new",
  group: (id: string) => `/groups/${encodeURIComponent(id)}`,
  firmware: () => "/firmware",
  /** `kind` says beforehand what will be uploaded. */
  firmwareUpload: (kind?: "software") => withSearch("/firmware/upload", { kind }),
  firmwarePackage: (id: string) => `/firmware/${encodeURIComponent(id)}`,
  campaigns: (state?: "live" | "finished" | "draft" | "all") => withSearch("/campaigns", { state }),
  /** The wizard; give what is already decided. `target` is a key of `keepTarget` in `lib/chosen-target.ts`. */
  campaignNew: (start?: { readonly packageId?: string; readonly groupId?: string; readonly target?: string }) =>
    withSearch("/campaigns/new", { package: start?.packageId, group: start?.groupId, target: start?.target }),
  campaign: (id: string, query: CampaignTabQuery = {}) =>
    withSearch(`/campaigns/${encodeURIComponent(id)}`, {
      tab: query.tab,
      states: query.states?.join(","),
      wave: query.wave?.toString(),
      failure: query.failure,
      wait: query.wait,
      skip: query.skip,
      job: query.job,
    }),
  bootstrap: (tab?: "history") => withSearch("/bootstrap", { tab }),
  bootstrapNew: () => "/bootstrap/new",
  bootstrapConfiguration: (id: string) => `/bootstrap/${encodeURIComponent(id)}`,
  security: (query: SecurityQuery = {}) => withSearch("/security", { ...query }),
  securityImport: () => "/security/import",
  /** A light by its endpoint name: it may have a key before it is in the inventory. */
  securityLight: (endpoint: string) => `/security/light/${encodeURIComponent(endpoint)}`,
  objectModels: () => "/object-models",
  objectModel: ({ id, version }: { readonly id: number; readonly version: string }) =>
    `/object-models/${id}/${encodeURIComponent(version)}`,
  settings: () => "/settings",
} as const;

function withSearch(path: string, values: Readonly<Record<string, string | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") search.set(name, value);
  }
  const text = search.toString();
  return text === "" ? path : `${path}?${text}`;
}
