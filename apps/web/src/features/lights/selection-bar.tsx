"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Boxes, Check, Rocket, X } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { AddToGroupDialog, type ChosenLights, lightsIn } from "@/features/lights/add-to-group";
import { RemoveLights } from "@/features/lights/remove-lights";
import { keepTarget } from "@/lib/chosen-target";
import { countOf, formatCount } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { toast } from "@/ui/toast";

/** Ids in one request; the server takes no more at once. */
const idsMax = 10_000;

/** What can be done with the lights that are ticked. */
export function SelectionBar({
  chosen,
  pendingIds,
  matching,
  onChooseMatching,
  onClear,
}: {
  readonly chosen: ChosenLights;
  /** Those of the ticked lights that wait to be accepted. */
  readonly pendingIds: readonly string[];
  /** How many lights match the filters; undefined when every one of them is ticked already. */
  readonly matching: number | undefined;
  readonly onChooseMatching: () => void;
  readonly onClear: () => void;
}) {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const [grouping, setGrouping] = useState(false);
  const accept = useMutation(trpc.device.accept.mutationOptions());
  const reject = useMutation(trpc.device.reject.mutationOptions());
  const groupRefusal = useRefusal("group.write");
  const campaignRefusal = useRefusal("campaign.write");
  const enrolRefusal = useRefusal("device.enrol");
  const ids = chosen.kind === "ids" ? [...chosen.ids] : [];
  const lights = lightsIn(chosen);
  const settled = async () => {
    onClear();
    await queries.invalidateQueries(trpc.device.pathFilter());
  };
  const tooMany = ids.length > idsMax ? `At most ${formatCount(idsMax)} lights at once.` : undefined;
  return (
    <section
      aria-label="Chosen lights"
      className="flex flex-wrap items-center gap-2 rounded-lg border border-primary/60 bg-lamp-soft px-3 py-2"
    >
      <p aria-live="polite" className="mr-1 text-sm font-medium">
        {countOf(lights, "light")} chosen
      </p>
      {matching === undefined ? null : (
        <Button variant="link" size="small" onClick={onChooseMatching}>
          Choose all {formatCount(matching)}
        </Button>
      )}
      <Button
        size="small"
        variant="primary"
        disabledReason={campaignRefusal}
        onClick={() => {
          const target =
            chosen.kind === "ids"
              ? ({ kind: "devices", deviceIds: ids } as const)
              : ({ kind: "query", query: chosen.query } as const);
          router.push(paths.campaignNew({ target: keepTarget(target) }));
        }}
      >
        <Rocket aria-hidden="true" />
        New campaign
      </Button>
      <Button size="small" disabledReason={groupRefusal ?? tooMany} onClick={() => setGrouping(true)}>
        <Boxes aria-hidden="true" />
        Add to group
      </Button>
      {pendingIds.length > 0 ? (
        <>
          <Button
            size="small"
            disabledReason={enrolRefusal}
            busy={accept.isPending}
            onClick={async () => {
              try {
                const done = await accept.mutateAsync({ ids: [...pendingIds] });
                toast.success(`${countOf(done.lights, "light")} accepted.`);
                await settled();
              } catch (error) {
                toast.error(error instanceof Error ? error.message : String(error));
              }
            }}
          >
            <Check aria-hidden="true" />
            Accept {formatCount(pendingIds.length)}
          </Button>
          <Confirm
            title={`Reject ${countOf(pendingIds.length, "light")}?`}
            description={
              <p>
                Their registrations are dropped and they are taken off the list. A light that tries again is listed
                again as pending.
              </p>
            }
            action={`Reject ${countOf(pendingIds.length, "light")}`}
            danger
            onConfirm={async () => {
              await reject.mutateAsync({ ids: [...pendingIds] });
              await settled();
            }}
          >
            <Button size="small" disabledReason={enrolRefusal}>
              <X aria-hidden="true" />
              Reject {formatCount(pendingIds.length)}
            </Button>
          </Confirm>
        </>
      ) : null}
      <RemoveLights chosen={chosen} onRemoved={settled} />
      <Button size="small" variant="ghost" className="ml-auto" onClick={onClear}>
        Clear
      </Button>
      <AddToGroupDialog chosen={chosen} open={grouping} onOpenChange={setGrouping} />
    </section>
  );
}
