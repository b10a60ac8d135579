"use client";
import type { GroupView } from "@lamplighter/api/views";
import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { LightPicker } from "@/features/groups/light-picker";
import { QueryBuilder } from "@/features/groups/query-builder";
import { askable, unfinishedConditions } from "@/features/groups/query-edit";
import { countOf } from "@/lib/format";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { ChoiceCards } from "@/ui/choice-cards";
import { Dialog, DialogContent, DialogFooter, DialogTrigger } from "@/ui/dialog";
import { Problem } from "@/ui/problem";

const ways = [
  { value: "pick", title: "Pick lights" },
  { value: "query", title: "All that match now" },
] as const;

/** Adds lights to a group of chosen lights: by ticking them, or all that a query finds at this moment. */
export function AddLights({ group, refusal }: { readonly group: GroupView; readonly refusal: string | undefined }) {
  const [open, setOpen] = useState(false);
  const button = (
    <Button size="small" disabledReason={refusal}>
      <Plus aria-hidden="true" /> Add lights
    </Button>
  );
  if (refusal) return button;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{button}</DialogTrigger>
      <DialogContent title={`Add lights to “${group.name}”`} className="max-w-3xl">
        <AddLightsForm group={group} close={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}

function AddLightsForm({ group, close }: { readonly group: GroupView; readonly close: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [way, setWay] = useState<"pick" | "query">("pick");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [query, setQuery] = useState<DeviceQuery>({});
  const done = {
    onSuccess: (changed: RouterOutputs["group"]["addMembers"]) => {
      queries.setQueryData(trpc.group.get.queryKey({ id: group.id }), changed);
      void queries.invalidateQueries(trpc.device.list.pathFilter());
      close();
    },
  };
  const byHand = useMutation(trpc.group.addMembers.mutationOptions(done));
  const byQuery = useMutation(trpc.group.addByQuery.mutationOptions(done));
  const failed = way === "pick" ? byHand.error : byQuery.error;
  const reason =
    way === "pick"
      ? chosen.size === 0
        ? "Choose at least one light."
        : undefined
      : unfinishedConditions(query).length > 0
        ? "A condition has no values yet."
        : undefined;
  const add = () =>
    way === "pick"
      ? byHand.mutate({ id: group.id, deviceIds: [...chosen] })
      : byQuery.mutate({ id: group.id, query: askable(query) });
  return (
    <>
      <ChoiceCards label="How to add" value={way} onChange={setWay} choices={ways} />
      {way === "pick" ? (
        <LightPicker label="Lights" selection={chosen} onSelectionChange={setChosen} />
      ) : (
        <QueryBuilder query={query} onChange={setQuery} />
      )}
      {failed ? <Problem>{failed.message}</Problem> : null}
      <DialogFooter>
        <Button onClick={close}>Cancel</Button>
        <Button variant="primary" busy={byHand.isPending || byQuery.isPending} disabledReason={reason} onClick={add}>
          {way === "pick" ? `Add ${countOf(chosen.size, "light")}` : "Add all that match"}
        </Button>
      </DialogFooter>
    </>
  );
}
