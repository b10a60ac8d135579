"use client";
import type { CampaignView, WaveView } from "@lamplighter/api/views";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FastForward } from "lucide-react";
import { type FormEvent, useState } from "react";
import { progressOf } from "@/features/campaigns/progress";
import { countOf } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogFooter, DialogTrigger } from "@/ui/dialog";
import { FormField } from "@/ui/form-field";
import { Textarea } from "@/ui/input";
import { Problem } from "@/ui/problem";

/**
 * Lets a held wave hand over to the next, by a person. Where it did not pass, the person says why; what is said is kept
 * with the campaign.
 */
export function PromoteWave(props: {
  readonly campaign: CampaignView;
  readonly wave: WaveView;
  readonly next: WaveView | undefined;
}) {
  const [open, setOpen] = useState(false);
  const refusal = useRefusal("campaign.start");
  const ended = props.campaign.state !== "running" && props.campaign.state !== "paused";
  const reason = refusal ?? (ended ? `The campaign is ${props.campaign.state}.` : undefined);
  const button = (
    <Button size="small" disabledReason={reason}>
      <FastForward aria-hidden="true" /> Promote
    </Button>
  );
  if (reason) return button;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{button}</DialogTrigger>
      <DialogContent title={`Promote “${props.wave.name}”?`}>
        <PromoteForm {...props} close={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}

function PromoteForm({
  campaign,
  wave,
  next,
  close,
}: {
  readonly campaign: CampaignView;
  readonly wave: WaveView;
  readonly next: WaveView | undefined;
  readonly close: () => void;
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const hasPassed = wave.heldReason === "manual";
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const promote = useMutation(
    trpc.campaign.promoteWave.mutationOptions({
      onSuccess: (changed) => {
        queries.setQueryData(trpc.campaign.get.queryKey({ id: campaign.id }), changed);
        close();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (hasPassed || reason.trim()) promote.mutate({ id: campaign.id, ordinal: wave.ordinal, reason: reason.trim() });
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <p className="text-sm text-muted-foreground">
        {wordsOf(wave, next)}
        {campaign.state === "paused" ? " The campaign is paused now; promoting resumes it." : ""}
      </p>
      <FormField
        label={hasPassed ? "Note" : "Why it may go on"}
        optional={hasPassed}
        hint={hasPassed ? "Kept with the campaign." : undefined}
        error={tried && !hasPassed && !reason.trim() ? "Say why; it is kept with the campaign." : undefined}
      >
        <Textarea value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
      </FormField>
      {promote.isError ? <Problem>{promote.error.message}</Problem> : null}
      <DialogFooter>
        <Button onClick={close}>Not now</Button>
        <Button type="submit" variant="primary" busy={promote.isPending}>
          Promote wave
        </Button>
      </DialogFooter>
    </form>
  );
}

/** What a promotion does, said of a wave that passed and of one that did not. */
function wordsOf(wave: WaveView, next: WaveView | undefined): string {
  const stood = {
    manual: `“${wave.name}” passed its gate.`,
    failed: `“${wave.name}” did not pass its gate.`,
    undecided: `Too few lights of “${wave.name}” succeeded for its gate.`,
  }[wave.heldReason ?? "undecided"];
  if (!next) return `${stood} It is the last wave: the campaign goes on to its end.`;
  const lights = countOf(progressOf(next.tally).included, "light");
  return `${stood} “${next.name}” begins ${wave.heldReason === "manual" ? "now" : "all the same"}, with ${lights}.`;
}
