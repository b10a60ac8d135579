"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { OctagonX } from "lucide-react";
import { countOf } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { toast } from "@/ui/toast";

/** The emergency brake: pauses every campaign that runs or is scheduled, at once. Always in reach, and asks once. */
export function StopEverything() {
  const trpc = useTRPC();
  const refusal = useRefusal("campaign.pause");
  const live = useQuery(trpc.campaign.list.queryOptions({ state: "live" }));
  const stop = useMutation(trpc.campaign.stopEverything.mutationOptions());
  const running = live.data?.filter(({ state }) => state === "running" || state === "scheduled") ?? [];
  const button = (
    <Button
      variant={running.length > 0 ? "danger" : "danger-outline"}
      disabledReason={refusal}
      aria-label="Stop everything"
      className="max-sm:w-8 max-sm:px-0"
    >
      <OctagonX aria-hidden="true" />
      <span className="max-sm:hidden">Stop everything</span>
    </Button>
  );
  if (refusal !== undefined) return button;
  return (
    <Confirm
      title="Stop everything?"
      description={
        <>
          <p>
            {live.data === undefined
              ? "Every running or scheduled campaign is paused."
              : running.length === 0
                ? "No campaign is running or scheduled now. One that starts in this moment would be paused."
                : `${countOf(running.length, "campaign")} will be paused: ${running
                    .slice(0, 5)
                    .map((campaign) => campaign.name)
                    .join(", ")}${running.length > 5 ? " and more" : ""}.`}
          </p>
          <p>
            No further light begins. Downloads stop at the next block, downloaded lights hold, and lights that are
            already installing run to the end. Each campaign can be resumed afterwards. Changes of single lights’
            software are called back, where nothing is being installed yet.
          </p>
        </>
      }
      action="Stop everything"
      danger
      onConfirm={async () => {
        const { campaigns, software } = await stop.mutateAsync();
        const called = software === 0 ? "" : ` ${countOf(software, "software change")} called back.`;
        toast.success(`${countOf(campaigns, "campaign")} paused.${called}`);
      }}
    >
      {button}
    </Confirm>
  );
}
