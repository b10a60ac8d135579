import { invariant } from "@lamplighter/runtime/invariant";
import {
  type Accepted,
  type CampaignChange,
  type CampaignStore,
  type JobChange,
  type JobFilter,
  type JobOutcome,
  type NewCampaign,
  nothingAccepted,
  type StoredCampaign,
  type StoredWave,
  type WaveChange,
} from "./campaign-store.ts";
import { activeJobStates, endedByLight, type Job, type JobState } from "./job.ts";
import { campaignSuccessors, jobSuccessors, mayFollow, waveSuccessors } from "./lifecycle.ts";

interface Kept {
  campaign: Omit<StoredCampaign, "waves" | "isPackageRevoked">;
  waves: Omit<StoredWave, "counters">[];
  counters: Map<string, number>;
}

const isActive = (state: JobState): boolean => (activeJobStates as readonly JobState[]).includes(state);

/** Campaigns in memory, for simulations and tests. It keeps the laws of the database, holds all to their life cycle, and forgets with the process. */
export class MemoryCampaignStore implements CampaignStore {
  readonly #campaigns = new Map<string, Kept>();
  readonly #jobs = new Map<string, Job>();
  readonly #activeByDevice = new Map<string, string>();
  /** Packages that are handed out no more. */
  readonly revoked = new Set<string>();
  /** What was appended: one line for each stored change. */
  readonly events: {
    readonly at: number;
    readonly actor: string;
    readonly jobId?: string;
    readonly message: string;
  }[] = [];

  async create({ id, name, spec, createdBy, at, waves, targets }: NewCampaign): Promise<void> {
    invariant(!this.#campaigns.has(id), `campaign ${id} exists`);
    const kept: Kept = {
      campaign: { id, name, spec, state: "draft", createdBy, createdAt: at, accepted: nothingAccepted },
      waves: waves.map((wave) => ({ ...wave, state: "pending" })),
      counters: new Map(),
    };
    this.#campaigns.set(id, kept);
    for (const target of targets) {
      const state: JobState = target.skipReason ? "skipped" : "planned";
      const { jobId, ...rest } = target;
      this.#jobs.set(jobId, {
        ...rest,
        id: jobId,
        campaignId: id,
        state,
        attempt: 0,
        bytesDone: 0,
        executeIntended: false,
        fence: 0,
        updatedAt: at,
      });
      count(kept, target.waveOrdinal, state, 1);
    }
    this.events.push({ at, actor: createdBy, message: `Campaign "${name}" was written` });
  }

  async find(campaignId: string): Promise<StoredCampaign | undefined> {
    const kept = this.#campaigns.get(campaignId);
    return kept && this.#whole(kept);
  }

  async unfinished(): Promise<readonly StoredCampaign[]> {
    const states = ["scheduled", "running", "paused", "cancelling"];
    return [...this.#campaigns.values()]
      .filter(({ campaign }) => states.includes(campaign.state))
      .map((kept) => this.#whole(kept));
  }

  async jobs({ campaignId, states, waveOrdinal, dueBy, limit }: JobFilter): Promise<readonly Job[]> {
    return [...this.#jobs.values()]
      .filter(
        (job) =>
          job.campaignId === campaignId &&
          (!states || states.includes(job.state)) &&
          (waveOrdinal === undefined || job.waveOrdinal === waveOrdinal) &&
          (dueBy === undefined || job.nextAttemptAt === undefined || job.nextAttemptAt <= dueBy),
      )
      .sort((a, b) => a.updatedAt - b.updatedAt || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }

  async activeJobOf(deviceId: string): Promise<Job | undefined> {
    const jobId = this.#activeByDevice.get(deviceId);
    return jobId === undefined ? undefined : this.#jobs.get(jobId);
  }

  #whole(kept: Kept): StoredCampaign {
    return { ...whole(kept), isPackageRevoked: this.revoked.has(kept.campaign.spec.packageId) };
  }

  async endedLast(limit: number): Promise<readonly Job[]> {
    const last = new Map<string, Job>();
    const latestFirst = (a: Job, b: Job) => b.updatedAt - a.updatedAt || (a.id < b.id ? -1 : 1);
    for (const job of [...this.#jobs.values()].sort(latestFirst)) {
      const isEnded = (endedByLight as readonly JobState[]).includes(job.state);
      if (isEnded && !last.has(job.deviceId)) last.set(job.deviceId, job);
    }
    return [...last.values()].filter(({ state }) => state === "lost" || state === "succeeded").slice(0, limit);
  }

  async accept(campaignId: string, accepted: Accepted): Promise<void> {
    const kept = this.#campaigns.get(campaignId);
    if (kept) kept.campaign = { ...kept.campaign, accepted };
  }

  async moveCampaign({
    campaignId,
    from,
    to,
    at,
    actor,
    pauseReason,
    detail,
    outcome,
  }: CampaignChange): Promise<boolean> {
    const kept = this.#campaigns.get(campaignId);
    if (kept?.campaign.state !== from) return false;
    invariant(mayFollow(campaignSuccessors, from, to), `a ${from} campaign never becomes ${to}`);
    const { pauseReason: _p, stateDetail: _d, outcome: _o, finishedAt: _f, ...rest } = kept.campaign;
    kept.campaign = {
      ...rest,
      state: to,
      ...(pauseReason && { pauseReason }),
      ...(detail && { stateDetail: detail }),
      ...(outcome && { outcome }),
      ...(to === "running" && rest.startedAt === undefined && { startedAt: at }),
      ...((to === "completed" || to === "cancelled" || to === "expired") && { finishedAt: at }),
    };
    this.events.push({ at, actor, message: detail ?? `Campaign ${to}` });
    return true;
  }

  async moveWave({ campaignId, ordinal, from, to, at, actor, heldReason, evaluation }: WaveChange): Promise<boolean> {
    const kept = this.#campaigns.get(campaignId);
    const index = kept?.waves.findIndex((wave) => wave.ordinal === ordinal && wave.state === from) ?? -1;
    const wave = kept?.waves[index];
    if (!kept || !wave) return false;
    invariant(mayFollow(waveSuccessors, from, to), `a ${from} wave never becomes ${to}`);
    const { heldReason: _h, finishedAt: _f, ...rest } = wave;
    kept.waves[index] = {
      ...rest,
      state: to,
      ...(heldReason && { heldReason }),
      ...(to === "active" && rest.startedAt === undefined && { startedAt: at }),
      ...(to === "passed" && { finishedAt: at }),
    };
    this.events.push({ at, actor, message: evaluation?.verdict ?? `Wave ${ordinal + 1} ${to}` });
    return true;
  }

  async moveJobs(changes: readonly JobChange[]): Promise<readonly JobOutcome[]> {
    return changes.map((change) => this.#moveJob(change));
  }

  #moveJob({ job, from, at, actor, message }: JobChange): JobOutcome {
    const stored = this.#jobs.get(job.id);
    const kept = this.#campaigns.get(job.campaignId);
    if (!stored || !kept || stored.fence !== job.fence || stored.state !== from) return { kind: "stale" };
    invariant(mayFollow(jobSuccessors, from, job.state), `a ${from} job never becomes ${job.state}`);
    const holder = this.#activeByDevice.get(job.deviceId);
    if (isActive(job.state) && holder !== undefined && holder !== job.id) return { kind: "device-busy" };
    const next: Job = { ...job, fence: job.fence + 1, updatedAt: at };
    this.#jobs.set(job.id, next);
    if (isActive(job.state)) this.#activeByDevice.set(job.deviceId, job.id);
    else if (holder === job.id) this.#activeByDevice.delete(job.deviceId);
    count(kept, job.waveOrdinal, from, -1);
    count(kept, job.waveOrdinal, job.state, 1);
    if (message !== "") this.events.push({ at, actor, jobId: job.id, message });
    return { kind: "stored", job: next };
  }
}

function count(kept: Kept, wave: number, state: JobState, by: number): void {
  const key = `${wave} ${state}`;
  kept.counters.set(key, (kept.counters.get(key) ?? 0) + by);
}

function whole({ campaign, waves, counters }: Kept): Omit<StoredCampaign, "isPackageRevoked"> {
  return {
    ...campaign,
    waves: waves.map((wave) => ({
      ...wave,
      counters: Object.fromEntries(
        [...counters]
          .filter(([key, lights]) => key.startsWith(`${wave.ordinal} `) && lights !== 0)
          .map(([key, lights]) => [key.split(" ")[1], lights]),
      ),
    })),
  };
}
