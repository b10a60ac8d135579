import { type BootstrapRecord, type BootstrapStore, type ChosenConfiguration, recordsPerEndpointMax } from "./store.ts";

/** Keeps configurations and records in memory: for tests and simulation. */
export class MemoryBootstrapStore implements BootstrapStore {
  readonly devices = new Map<string, ChosenConfiguration>();
  /** Groups in order of precedence, with the endpoints that are in them. */
  readonly groups: { readonly members: ReadonlySet<string>; readonly chosen: ChosenConfiguration }[] = [];
  byDefault: ChosenConfiguration | undefined;
  readonly records: BootstrapRecord[] = [];

  configurationFor(endpoint: string): Promise<ChosenConfiguration | undefined> {
    const ofGroup = this.groups.find(({ members }) => members.has(endpoint))?.chosen;
    return Promise.resolve(this.devices.get(endpoint) ?? ofGroup ?? this.byDefault);
  }

  record(record: BootstrapRecord): Promise<void> {
    this.records.push(record);
    const own = this.records.filter(({ endpoint }) => endpoint === record.endpoint);
    if (own.length > recordsPerEndpointMax) this.records.splice(this.records.indexOf(own[0]!), 1);
    return Promise.resolve();
  }
}
