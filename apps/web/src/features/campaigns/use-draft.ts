"use client";
import { useCallback, useEffect, useState } from "react";
import { type CampaignDraft, emptyDraft, readDraft } from "@/features/campaigns/draft";

const key = "lamplighter.campaign-draft";

/**
 * The campaign being written in this tab. Every change is kept in the session's storage, so that a reload loses nothing;
 * `given` (what an address says is already decided) wins over what was kept.
 *
 * Undefined until the browser has looked: the server cannot know what a tab keeps.
 */
export function useDraft(
  given: () => Partial<CampaignDraft>,
): readonly [CampaignDraft | undefined, (change: Partial<CampaignDraft>) => void, () => void] {
  const [draft, setDraft] = useState<CampaignDraft>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once, when the page opens
  useEffect(() => {
    setDraft({ ...(readDraft(sessionStorage.getItem(key)) ?? emptyDraft()), ...given() });
  }, []);
  useEffect(() => {
    if (draft) sessionStorage.setItem(key, JSON.stringify(draft));
  }, [draft]);
  const change = useCallback((part: Partial<CampaignDraft>) => {
    setDraft((before) => (before ? { ...before, ...part } : before));
  }, []);
  return [draft, change, forgetDraft];
}

/** Begins afresh next time. */
function forgetDraft(): void {
  sessionStorage.removeItem(key);
}
