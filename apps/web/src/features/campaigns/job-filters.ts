import { activeJobStates, finalJobStates, type JobState } from "@lamplighter/campaigns/job";
import { parseAsArrayOf, parseAsInteger, parseAsString, parseAsStringLiteral } from "nuqs";

const jobStates = ["planned", "queued", ...activeJobStates, ...finalJobStates] as const satisfies readonly JobState[];

/** Which lights of a campaign are shown, as the address holds it. The names are those of `paths.campaign`. */
export const jobFilterParsers = {
  states: parseAsArrayOf(parseAsStringLiteral(jobStates)).withDefault([]),
  wave: parseAsInteger,
  failure: parseAsString,
  wait: parseAsString,
  skip: parseAsString,
  q: parseAsString.withDefault(""),
};

export interface JobFilters {
  readonly states: readonly JobState[];
  readonly wave: number | null;
  readonly failure: string | null;
  readonly wait: string | null;
  readonly skip: string | null;
  readonly q: string;
}

/** No filter at all, for a button that clears them. */
export const noFilters = { states: null, wave: null, failure: null, wait: null, skip: null, q: null } as const;

/** The filters as the server takes them. Only what is set is said, so that equal questions share one answer in the cache. */
export function jobsInput(campaignId: string, filters: JobFilters) {
  const { states, wave, failure, wait, skip, q } = filters;
  return {
    id: campaignId,
    ...(states.length > 0 ? { states: [...states] } : {}),
    ...(wave === null ? {} : { waveOrdinal: wave }),
    ...(failure ? { failureCode: failure } : {}),
    ...(wait ? { waitReason: wait } : {}),
    ...(skip ? { skipReason: skip } : {}),
    ...(q ? { search: q } : {}),
  };
}

/** Whether any light is left out. */
export function isFiltered({ states, wave, failure, wait, skip, q }: JobFilters): boolean {
  return states.length > 0 || wave !== null || Boolean(failure || wait || skip || q);
}
