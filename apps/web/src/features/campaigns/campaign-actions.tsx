"use client";
import type { CampaignRow, CampaignView } from "@lamplighter/api/views";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleStop, type LucideIcon, Pause, Play, RotateCcw, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { actionLabels, consequences, type ShownAction, whyDisabled } from "@/features/campaigns/action-words";
import { isEnding } from "@/features/campaigns/wave-words";
import { formatMinute } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useSession } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";

const looks: Readonly<
  Record<ShownAction, { readonly icon: LucideIcon; readonly title: string; readonly danger?: boolean }>
> = {
  start: { icon: Play, title: "Start this campaign?" },
  pause: { icon: Pause, title: "Pause this campaign?" },
  resume: { icon: Play, title: "Resume this campaign?" },
  "retry-failed": { icon: RotateCcw, title: "Retry the failed lights?" },
  cancel: { icon: CircleStop, title: "Cancel this campaign?", danger: true },
  remove: { icon: Trash2, title: "Delete this draft?", danger: true },
};

/**
 * Which buttons a campaign shows: the ones of its part of life, each in the same place throughout it, and off with the
 * reason where the table says so. A campaign that has ended has none that could never be on again.
 */
function shownActions(state: CampaignView["state"]): readonly ShownAction[] {
  if (state === "draft") return ["remove", "start"];
  if (state === "scheduled") return ["cancel", "pause", "start"];
  if (state === "completed") return ["retry-failed"];
  return isEnding(state) ? [] : ["cancel", "retry-failed", "pause", "resume"];
}

/** What an operator may do with a campaign now. Every button asks first and says what will happen, with counts. */
export function CampaignActions({ campaign }: { readonly campaign: CampaignView }) {
  const { permissions } = useSession();
  const act = useActions(campaign);
  const facts = {
    state: campaign.state,
    version: campaign.version,
    tally: campaign.tally,
    waves: campaign.waves,
    concurrencyMax: campaign.spec.concurrencyMax,
    startsOn: timeAhead(campaign),
  };
  return shownActions(campaign.state).map((action) => {
    const { icon: Icon, title, danger } = looks[action];
    const reason = whyDisabled(action, facts, permissions);
    const primary = reason === undefined && (action === "start" || action === "resume");
    const button = (
      <Button
        key={action}
        variant={danger ? "danger-outline" : primary ? "primary" : "secondary"}
        disabledReason={reason}
      >
        <Icon aria-hidden="true" /> {actionLabels[action]}
      </Button>
    );
    if (reason) return button;
    return (
      <Confirm
        key={action}
        title={title}
        action={action === "cancel" ? "Cancel campaign" : actionLabels[action]}
        dismiss="Not now"
        danger={danger ?? false}
        description={consequences(action, facts).map((sentence) => <p key={sentence}>{sentence}</p>)}
        onConfirm={() => act(action)}
      >
        {button}
      </Confirm>
    );
  });
}

/** When a campaign that has not begun will begin by itself; undefined when that time is past or was never set. */
function timeAhead({ startAt, startedAt }: CampaignView): string | undefined {
  return startAt !== null && startedAt === null && Date.parse(startAt) > Date.now() ? formatMinute(startAt) : undefined;
}

function useActions({ id }: CampaignView): (action: ShownAction) => Promise<void> {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const mutations = {
    start: useMutation(trpc.campaign.start.mutationOptions()),
    pause: useMutation(trpc.campaign.pause.mutationOptions()),
    resume: useMutation(trpc.campaign.resume.mutationOptions()),
    cancel: useMutation(trpc.campaign.cancel.mutationOptions()),
    "retry-failed": useMutation(trpc.campaign.retryFailed.mutationOptions()),
  };
  const remove = useMutation(trpc.campaign.remove.mutationOptions());
  return async (action) => {
    if (action === "remove") {
      await remove.mutateAsync({ id });
      void queries.invalidateQueries(trpc.campaign.list.pathFilter());
      router.push(paths.campaigns("draft"));
      return;
    }
    const row: CampaignRow = await mutations[action].mutateAsync({ id });
    queries.setQueryData(trpc.campaign.get.queryKey({ id }), (old) => (old ? { ...old, ...row } : old));
    void queries.invalidateQueries(trpc.campaign.pathFilter());
  };
}
