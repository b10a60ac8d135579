"use client";
import { useCallback, useEffect, useRef, useState } from "react";
import { type CampaignDraft, emptyDraft, readDraft } from "@/features/campaigns/draft";

const key = "lamplighter.campaign-draft";

/** What a page does with the campaign that is being written in this tab. */
export interface WrittenDraft {
  /** Undefined until the browser has looked: the server cannot know what a tab keeps. */
  readonly draft: CampaignDraft | undefined;
  readonly change: (part: Partial<CampaignDraft>) => void;
  /** Begins afresh, here and after the next visit. */
  readonly startOver: () => void;
  /** Leaves nothing behind, once it was sent. */
  readonly forget: () => void;
}

/**
 * The campaign being written in this tab. Every change is kept in the session's storage, so that a reload loses nothing.
 * `take` is called once: what it returns (what an address says is decided already) wins over what was kept.
 */
export function useDraft(take: () => Partial<CampaignDraft>): WrittenDraft {
  const [draft, setDraft] = useState<CampaignDraft>();
  const takeOnce = useRef(take);
  useEffect(() => {
    setDraft({ ...(readDraft(sessionStorage.getItem(key)) ?? emptyDraft()), ...takeOnce.current() });
  }, []);
  useEffect(() => {
    if (draft) sessionStorage.setItem(key, JSON.stringify(draft));
  }, [draft]);
  const change = useCallback((part: Partial<CampaignDraft>) => {
    setDraft((before) => (before ? { ...before, ...part } : before));
  }, []);
  const startOver = useCallback(() => setDraft(emptyDraft()), []);
  return { draft, change, startOver, forget };
}

function forget(): void {
  sessionStorage.removeItem(key);
}
