"use client";
import type { CampaignView } from "@lamplighter/api/views";
import type { FailureCode, JobState, SkipReason, WaitReason } from "@lamplighter/campaigns/job";
import { X } from "lucide-react";
import { type JobFilters, noFilters } from "@/features/campaigns/job-filters";
import { progressOf, statesOfSegment } from "@/features/campaigns/progress";
import { failureWords, skipReasonWords, waitReasonWords } from "@/features/campaigns/words";
import { jobLooks } from "@/lib/status";
import { Button } from "@/ui/button";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";

const anything = "anything";

/** What is set or, with null, taken off. */
interface FilterChange {
  readonly states?: JobState[] | null;
  readonly wave?: number | null;
  readonly failure?: null;
  readonly wait?: null;
  readonly skip?: null;
  readonly q?: null;
}

/** Which lights are asked for: a choice by state, one by wave, and what a click on a reason added, each to be taken off. */
export function ActiveFilters({
  campaign,
  filters,
  onChange,
}: {
  readonly campaign: CampaignView;
  readonly filters: JobFilters;
  readonly onChange: (change: FilterChange) => void;
}) {
  const segment = progressOf({}).segments.find(({ states }) => sameStates(states, filters.states));
  const chips = [
    filters.failure
      ? { key: "failure" as const, word: failureWords[filters.failure as FailureCode] ?? filters.failure }
      : null,
    filters.wait ? { key: "wait" as const, word: waitReasonWords[filters.wait as WaitReason] ?? filters.wait } : null,
    filters.skip ? { key: "skip" as const, word: skipReasonWords[filters.skip as SkipReason] ?? filters.skip } : null,
    filters.states.length > 0 && !segment
      ? { key: "states" as const, word: filters.states.map((state) => jobLooks[state].word).join(" or ") }
      : null,
  ].filter((chip) => chip !== null);
  return (
    <>
      <Select
        value={segment?.key ?? anything}
        onValueChange={(key) =>
          onChange({ states: key === anything ? null : [...statesOfSegment[key as keyof typeof statesOfSegment]] })
        }
      >
        <SelectTrigger aria-label="State" className="w-36">
          <SelectValue />
        </SelectTrigger>
        <SelectContent>
          <SelectItem value={anything}>Any state</SelectItem>
          {progressOf({}).segments.map(({ key, label }) => (
            <SelectItem key={key} value={key}>
              {label}
            </SelectItem>
          ))}
        </SelectContent>
      </Select>
      {campaign.waves.length > 1 ? (
        <Select
          value={filters.wave === null ? anything : String(filters.wave)}
          onValueChange={(wave) => onChange({ wave: wave === anything ? null : Number(wave) })}
        >
          <SelectTrigger aria-label="Wave" className="w-36">
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            <SelectItem value={anything}>Any wave</SelectItem>
            {campaign.waves.map(({ ordinal, name }) => (
              <SelectItem key={ordinal} value={String(ordinal)}>
                {name}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      ) : null}
      {chips.map(({ key, word }) => (
        <Button key={key} size="small" aria-label={`Remove filter ${word}`} onClick={() => onChange({ [key]: null })}>
          {word} <X aria-hidden="true" />
        </Button>
      ))}
      {chips.length > 0 || segment || filters.wave !== null ? (
        <Button size="small" variant="ghost" onClick={() => onChange(noFilters)}>
          Clear filters
        </Button>
      ) : null}
    </>
  );
}

function sameStates(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((state) => other.includes(state));
}
