"use client";
import type { GroupView } from "@lamplighter/api/views";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Minus } from "lucide-react";
import { useState } from "react";
import { LightPicker } from "@/features/groups/light-picker";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/confirm";

const none: ReadonlySet<string> = new Set();

/** The lights of a group; from a group of chosen lights they can be taken out. */
export function GroupMembers({ group, refusal }: { readonly group: GroupView; readonly refusal: string | undefined }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [selection, setSelection] = useState(none);
  const remove = useMutation(trpc.group.removeMembers.mutationOptions());
  const query = { groupId: group.id };
  if (group.kind === "query") return <LightPicker label="Lights in this group" query={query} selection={none} />;
  const button = (
    <Button
      size="small"
      disabledReason={refusal ?? (selection.size === 0 ? "Choose the lights to take out first." : undefined)}
    >
      <Minus aria-hidden="true" />{" "}
      {selection.size > 0 ? `Remove ${countOf(selection.size, "light")}` : "Remove from group"}
    </Button>
  );
  return (
    <div className="flex flex-col gap-2">
      <LightPicker label="Lights in this group" query={query} selection={selection} onSelectionChange={setSelection} />
      <div>
        {refusal || selection.size === 0 ? (
          button
        ) : (
          <Confirm
            title={`Remove ${countOf(selection.size, "light")} from “${group.name}”?`}
            description={`The group keeps ${countOf(group.lights - selection.size, "light")}. The lights themselves stay in the inventory.`}
            action={`Remove ${countOf(selection.size, "light")}`}
            onConfirm={async () => {
              const changed = await remove.mutateAsync({ id: group.id, deviceIds: [...selection] });
              queries.setQueryData(trpc.group.get.queryKey({ id: group.id }), changed);
              setSelection(none);
              await queries.invalidateQueries(trpc.device.list.pathFilter());
            }}
          >
            {button}
          </Confirm>
        )}
      </div>
    </div>
  );
}
