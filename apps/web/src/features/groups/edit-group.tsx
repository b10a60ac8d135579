"use client";
import type { GroupView } from "@lamplighter/api/views";
import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { QueryBuilder } from "@/features/groups/query-builder";
import { askable, unfinishedConditions } from "@/features/groups/query-edit";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogFooter, DialogTrigger } from "@/ui/dialog";
import { FormField } from "@/ui/form-field";
import { Input, Textarea } from "@/ui/input";
import { Problem } from "@/ui/problem";

/** Changes a group's name, description and, for a saved query, the query. `children` is the button that opens it. */
export function EditGroup({ group, children }: { readonly group: GroupView; readonly children: ReactElement }) {
  const [open, setOpen] = useState(false);
  const refusal = useRefusal("group.write");
  if (refusal) return children;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{children}</DialogTrigger>
      <DialogContent title="Edit group" className={group.kind === "query" ? "max-w-3xl" : ""}>
        <EditGroupForm group={group} close={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}

function EditGroupForm({ group, close }: { readonly group: GroupView; readonly close: () => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [name, setName] = useState(group.name);
  const [description, setDescription] = useState(group.description ?? "");
  const [query, setQuery] = useState<DeviceQuery>(group.query ?? {});
  const [tried, setTried] = useState(false);
  const update = useMutation(
    trpc.group.update.mutationOptions({
      onSuccess: (changed) => {
        queries.setQueryData(trpc.group.get.queryKey({ id: group.id }), changed);
        void queries.invalidateQueries(trpc.group.list.pathFilter());
        void queries.invalidateQueries(trpc.device.list.pathFilter());
        close();
      },
    }),
  );
  const nameProblem = name.trim() === "" ? "Give the group a name." : undefined;
  const queryProblem = unfinishedConditions(query).length > 0 ? "A condition has no values yet." : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (nameProblem || queryProblem) return;
    update.mutate({
      id: group.id,
      name: name.trim(),
      description: description.trim() || null,
      ...(group.kind === "query" ? { query: askable(query) } : {}),
    });
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-4">
      <FormField label="Name" error={tried ? nameProblem : undefined}>
        <Input value={name} maxLength={120} onChange={(event) => setName(event.target.value)} />
      </FormField>
      <FormField label="Description" optional>
        <Textarea value={description} maxLength={4_000} onChange={(event) => setDescription(event.target.value)} />
      </FormField>
      {group.kind === "query" ? <QueryBuilder query={query} onChange={setQuery} /> : null}
      {tried && queryProblem ? <Problem>{queryProblem}</Problem> : null}
      {update.isError ? <Problem>{update.error.message}</Problem> : null}
      <DialogFooter>
        <Button onClick={close}>Cancel</Button>
        <Button type="submit" variant="primary" busy={update.isPending}>
          Save
        </Button>
      </DialogFooter>
    </form>
  );
}
