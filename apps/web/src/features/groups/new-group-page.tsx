"use client";
import type { DeviceQuery } from "@lamplighter/campaigns/device-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { LightPicker } from "@/features/groups/light-picker";
import { QueryBuilder } from "@/features/groups/query-builder";
import { askable, unfinishedConditions } from "@/features/groups/query-edit";
import { countOf } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { ChoiceCards } from "@/ui/choice-cards";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { Problem } from "@/ui/problem";

const kinds = [
  { value: "static", title: "Chosen lights", description: "You pick the lights. They stay until you change them." },
  {
    value: "query",
    title: "Saved query",
    description: "All lights that match conditions, now and later. New lights join by themselves.",
  },
] as const;

/** Makes a group: of lights picked by hand, or of whatever a query finds. */
export function NewGroupPage() {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const refusal = useRefusal("group.write");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [kind, setKind] = useState<"static" | "query">("static");
  const [query, setQuery] = useState<DeviceQuery>({});
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState(false);
  const create = useMutation(trpc.group.create.mutationOptions());

  const nameProblem = name.trim() === "" ? "Give the group a name." : undefined;
  const queryProblem =
    kind === "query" && unfinishedConditions(query).length > 0
      ? "A condition has no values yet: choose some, or remove it."
      : undefined;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (nameProblem || queryProblem || refusal) return;
    const words = description.trim() ? { description: description.trim() } : {};
    const lights = kind === "query" ? { query: askable(query) } : { deviceIds: [...chosen] };
    try {
      const group = await create.mutateAsync({ name: name.trim(), kind, ...words, ...lights });
      queries.setQueryData(trpc.group.get.queryKey({ id: group.id }), group);
      void queries.invalidateQueries(trpc.group.list.pathFilter());
      router.push(paths.group(group.id));
    } catch {
      // The form shows the mutation's error.
    }
  };
  return (
    <PageFrame className="max-w-5xl">
      <PageHeader title="New group" crumbs={[{ label: "Groups", href: paths.groups() }]} />
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Card>
          <CardContent className="grid gap-4 pt-4 sm:grid-cols-2">
            <FormField label="Name" error={tried ? nameProblem : undefined}>
              <Input value={name} maxLength={120} onChange={(event) => setName(event.target.value)} />
            </FormField>
            <FormField label="Description" optional>
              <Input value={description} maxLength={4_000} onChange={(event) => setDescription(event.target.value)} />
            </FormField>
          </CardContent>
        </Card>
        <Card>
          <CardHeader title="Which lights" />
          <CardContent className="flex flex-col gap-4">
            <ChoiceCards label="How the group finds its lights" value={kind} onChange={setKind} choices={kinds} />
            {kind === "query" ? (
              <>
                <QueryBuilder query={query} onChange={setQuery} />
                {tried && queryProblem ? <Problem>{queryProblem}</Problem> : null}
              </>
            ) : (
              <LightPicker label="Lights" selection={chosen} onSelectionChange={setChosen} />
            )}
          </CardContent>
        </Card>
        {create.isError ? <Problem>{create.error.message}</Problem> : null}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={() => router.push(paths.groups())}>Cancel</Button>
          <Button type="submit" variant="primary" busy={create.isPending} disabledReason={refusal}>
            {kind === "static" && chosen.size > 0 ? `Create group of ${countOf(chosen.size, "light")}` : "Create group"}
          </Button>
        </div>
      </form>
    </PageFrame>
  );
}
