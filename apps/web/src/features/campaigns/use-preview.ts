"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { type CampaignDraft, planOf } from "@/features/campaigns/draft";
import { useTRPC } from "@/lib/trpc";

/**
 * What the server says the draft would do: how many lights, who is skipped, how many in each wave. Asked again as the draft
 * changes. A start time in the past would be refused, and says nothing about lights, so it is left out.
 */
export function usePreview(draft: CampaignDraft) {
  const trpc = useTRPC();
  const plan = useDeferredValue(planOf({ ...draft, start: { kind: "later" } }));
  return useQuery(
    trpc.campaign.preview.queryOptions(plan ?? neverAsked, {
      enabled: plan !== undefined,
      placeholderData: keepPreviousData,
    }),
  );
}

const neverAsked = { packageId: "", target: { kind: "query" as const, query: {} }, waves: [] };
