"use client";
import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { type ChosenLights, lightsIn } from "@/features/lights/add-to-group";
import { countOf, formatCount } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { useTRPC, useTRPCClient } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";
import { Progress } from "@/ui/progress";
import { toast } from "@/ui/toast";

/** Lights removed behind one confirmation. Beyond, a list is narrowed first. */
export const removedMax = 10_000;
/** Lights in one request, so that progress can be told and no request takes long. */
const roundMax = 500;

/** Takes the chosen lights out of the inventory: asked once, done in rounds, with its progress. */
export function RemoveLights({
  chosen,
  onRemoved,
}: {
  readonly chosen: ChosenLights;
  readonly onRemoved: () => Promise<void>;
}) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queries = useQueryClient();
  const refusal = useRefusal("device.remove");
  const [removed, setRemoved] = useState<number>();
  const lights = lightsIn(chosen);

  const idsOfChosen = async (): Promise<readonly string[]> => {
    if (chosen.kind === "ids") return chosen.ids;
    const ids: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await client.device.list.query({ query: chosen.query, limit: 500, ...(cursor ? { cursor } : {}) });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor && ids.length <= removedMax);
    // What was confirmed is a number: other lights than those that were counted must not go with them.
    if (ids.length !== lights) {
      throw new Error(
        `${countOf(ids.length, "light")} match now, not ${formatCount(lights)}: look again, then remove.`,
      );
    }
    return ids;
  };
  const remove = async () => {
    let done = 0;
    try {
      const ids = await idsOfChosen();
      setRemoved(0);
      for (let from = 0; from < ids.length; from += roundMax) {
        done += (await client.device.remove.mutate({ ids: ids.slice(from, from + roundMax) })).lights;
        setRemoved(done);
      }
    } catch (error) {
      if (done === 0) throw error;
      void queries.invalidateQueries(trpc.device.pathFilter());
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${countOf(done, "light was", "lights were")} removed, then it stopped. ${why}`);
    } finally {
      setRemoved(undefined);
    }
    toast.success(`${countOf(done, "light")} removed.`);
    await onRemoved();
  };
  const tooMany =
    lights > removedMax ? `At most ${formatCount(removedMax)} lights are removed at once: narrow the list.` : undefined;
  return (
    <Confirm
      title={`Remove ${countOf(lights, "light")}?`}
      description={
        <>
          <p>
            {lights === 1 ? "The light leaves" : "The lights leave"} the inventory with readings and history, and any
            keys are taken away. A light that registers again comes back as a new one, as the enrolment policy allows.
          </p>
          {removed === undefined ? null : (
            <div role="status" className="mt-3 flex flex-col gap-1.5 text-xs tabular-nums">
              <Progress
                label="Removal"
                total={lights}
                parts={[{ tone: "busy", value: removed, label: "lights removed" }]}
              />
              {formatCount(removed)} of {countOf(lights, "light")} removed
            </div>
          )}
        </>
      }
      action={`Remove ${countOf(lights, "light")}`}
      danger
      onConfirm={remove}
    >
      <Button size="small" variant="danger-outline" disabledReason={refusal ?? tooMany}>
        <Trash2 aria-hidden="true" />
        Remove
      </Button>
    </Confirm>
  );
}
