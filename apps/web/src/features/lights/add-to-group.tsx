"use client";
import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { countOf } from "@/lib/format";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogFooter } from "@/ui/dialog";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";
import { toast } from "@/ui/toast";

/** Lights that were chosen: one by one, or as everything that matches. */
export type ChosenLights =
  | { readonly kind: "ids"; readonly ids: readonly string[] }
  | { readonly kind: "matching"; readonly query: DeviceQuery; readonly lights: number };

export function lightsIn(chosen: ChosenLights): number {
  return chosen.kind === "ids" ? chosen.ids.length : chosen.lights;
}

const newGroup = "new";

/** Puts chosen lights into a group that exists, or into a new one. */
export function AddToGroupDialog({
  chosen,
  open,
  onOpenChange,
}: {
  readonly chosen: ChosenLights;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const groups = useQuery(trpc.group.list.queryOptions({}, { enabled: open }));
  const create = useMutation(trpc.group.create.mutationOptions());
  const addMembers = useMutation(trpc.group.addMembers.mutationOptions());
  const addByQuery = useMutation(trpc.group.addByQuery.mutationOptions());
  const [choice, setChoice] = useState<string>();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string>();
  const statics = (groups.data ?? []).filter((group) => group.kind === "static");
  const selected = choice ?? (groups.isSuccess && statics.length === 0 ? newGroup : undefined);
  const busy = create.isPending || addMembers.isPending || addByQuery.isPending;

  const add = async () => {
    setProblem(undefined);
    try {
      let id = selected;
      let label = statics.find((group) => group.id === id)?.name ?? name.trim();
      if (id === newGroup) {
        const group = await create.mutateAsync({ name: name.trim(), kind: "static" });
        id = group.id;
        label = group.name;
      }
      if (id === undefined) return;
      if (chosen.kind === "ids") await addMembers.mutateAsync({ id, deviceIds: [...chosen.ids] });
      else await addByQuery.mutateAsync({ id, query: chosen.query });
      await queries.invalidateQueries(trpc.group.pathFilter());
      toast.success(`${countOf(lightsIn(chosen), "light")} added to ${label}.`);
      onOpenChange(false);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent
        title={`Add ${countOf(lightsIn(chosen), "light")} to a group`}
        description="Lights that are in the group already stay in it. Groups made from a query fill themselves and are not listed."
      >
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void add();
          }}
        >
          <FormField label="Group" error={groups.error?.message}>
            <GroupSelect groups={statics} value={selected} onChange={setChoice} />
          </FormField>
          {selected === newGroup ? (
            <FormField label="Name of the new group" error={problem}>
              <Input value={name} onChange={(event) => setName(event.target.value)} maxLength={120} />
            </FormField>
          ) : problem ? (
            <p role="alert" className="text-sm text-bad">
              {problem}
            </p>
          ) : null}
          <DialogFooter>
            <Button onClick={() => onOpenChange(false)}>Cancel</Button>
            <Button
              type="submit"
              variant="primary"
              busy={busy}
              disabled={selected === undefined || (selected === newGroup && name.trim() === "")}
            >
              Add to group
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

function GroupSelect({
  groups,
  value,
  onChange,
  ...field
}: {
  readonly groups: readonly { readonly id: string; readonly name: string; readonly lights: number }[];
  readonly value: string | undefined;
  readonly onChange: (value: string) => void;
  readonly id?: string;
}) {
  return (
    <Select value={value ?? ""} onValueChange={onChange}>
      <SelectTrigger {...field}>
        <SelectValue placeholder="Choose a group" />
      </SelectTrigger>
      <SelectContent>
        <SelectItem value={newGroup}>New group…</SelectItem>
        {groups.map((group) => (
          <SelectItem key={group.id} value={group.id}>
            {`${group.name} (${countOf(group.lights, "light")})`}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
