"use client";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { AccessControlCard } from "@/features/bootstrap/access-control-card";
import { DeletionsCard } from "@/features/bootstrap/deletions-card";
import { type BootstrapDraft, freeServerId, isProtected, newServer, problemsOf } from "@/features/bootstrap/draft";
import { ServerCard } from "@/features/bootstrap/server-card";
import { countOf } from "@/lib/format";
import { useRefusal, useSession } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { ChoiceCards } from "@/ui/choice-cards";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { NumberInput } from "@/ui/number-input";
import { Problem } from "@/ui/problem";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";
import { Tick } from "@/ui/tick";

const targets = [
  { value: "default", title: "Every other light", description: "All lights that nothing more particular is for." },
  { value: "group", title: "A group", description: "The lights that are in it when they ask." },
  { value: "device", title: "One light", description: "By its endpoint name; it need not be known yet." },
] as const;

/** The form of a bootstrap configuration: for whom it is, which servers, what is deleted. */
export function ConfigurationForm({
  initial,
  action,
  busy,
  error,
  onSubmit,
  onCancel,
}: {
  readonly initial: BootstrapDraft;
  readonly action: string;
  readonly busy: boolean;
  readonly error: string | undefined;
  readonly onSubmit: (draft: BootstrapDraft) => void;
  readonly onCancel: () => void;
}) {
  const { installation } = useSession();
  const refusal = useRefusal("bootstrap.write");
  const [draft, setDraft] = useState(initial);
  const [tried, setTried] = useState(false);
  const change = (part: Partial<BootstrapDraft>) => setDraft((before) => ({ ...before, ...part }));
  const problems = problemsOf(draft);
  const problem = (field: string) => (tried ? problems.get(field) : undefined);
  const form = useRef<HTMLFormElement>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problems.size === 0 && !refusal) onSubmit(draft);
    // The form may be long: whoever sent it is led to the first field to mend, once it says so.
    else requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  return (
    // Relative: the boxes to tick bring hidden inputs, which would stretch the page otherwise.
    <form ref={form} onSubmit={submit} noValidate className="relative flex flex-col gap-4">
      <Card>
        <CardHeader
          title="For whom"
          description="A light's own configuration goes before its group's, and that before this one for every other light."
        />
        <CardContent className="flex flex-col gap-4">
          <FormField label="Name" error={problem("name")} className="max-w-md">
            <Input value={draft.name} maxLength={120} onChange={(event) => change({ name: event.target.value })} />
          </FormField>
          <ChoiceCards
            label="Which lights get it"
            value={draft.targetKind}
            onChange={(targetKind) => change({ targetKind })}
            choices={targets}
          />
          {draft.targetKind === "device" ? (
            <FormField label="Endpoint name" error={problem("endpoint")} className="max-w-md">
              <Input
                value={draft.endpoint}
                maxLength={255}
                onChange={(event) => change({ endpoint: event.target.value })}
              />
            </FormField>
          ) : null}
          {draft.targetKind === "group" ? (
            <GroupField value={draft.groupId} onChange={(groupId) => change({ groupId })} error={problem("groupId")} />
          ) : null}
        </CardContent>
      </Card>
      {draft.servers.map((server, index) => (
        <ServerCard
          key={server.key}
          title={draft.servers.length > 1 ? `Server ${index + 1}` : "Server"}
          server={server}
          problem={(field) => problem(`servers.${index}.${field}`)}
          onChange={(changed) =>
            change({ servers: draft.servers.map((each) => (each.key === server.key ? { ...each, ...changed } : each)) })
          }
          {...(draft.servers.length > 1 && {
            onRemove: () => change({ servers: draft.servers.filter(({ key }) => key !== server.key) }),
          })}
        />
      ))}
      {problem("servers") ? <Problem>{problem("servers")}</Problem> : null}
      <Button
        className="self-start"
        onClick={() => change({ servers: [...draft.servers, newServer("coaps://", freeServerId(draft.servers))] })}
      >
        <Plus aria-hidden="true" /> Add a server
      </Button>
      {[...draft.servers.map(({ uri }) => uri), draft.bootstrapUri].some(isProtected) ? (
        <Card aria-label="Keys">
          <CardHeader
            title="Keys"
            description="Each light gets its own key from the security store; it is made when the light first asks."
          />
          <CardContent className="flex flex-col gap-3">
            <Tick
              label="Also bring keys to lights that ask without DTLS"
              checked={draft.handsOutKeysInTheClear}
              onChange={(handsOutKeysInTheClear) => change({ handsOutKeysInTheClear })}
            />
            {draft.handsOutKeysInTheClear ? (
              <Problem tone="warning">Whoever listens while a light asks has its key from then on.</Problem>
            ) : null}
          </CardContent>
        </Card>
      ) : null}
      <Card>
        <CardHeader title="Bootstrap server" description="The account by which a light can come back here later." />
        <CardContent className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
          <FormField
            label="New address"
            optional
            hint={`Leave it empty, and a light keeps the bootstrap account that it has. This server: ${installation.bootstrapCoapsUri} for lights with a key, ${installation.bootstrapUri} for those without.`}
            error={problem("bootstrapUri")}
          >
            <Input
              value={draft.bootstrapUri}
              placeholder={installation.bootstrapUri}
              onChange={(event) => change({ bootstrapUri: event.target.value })}
            />
          </FormField>
          {draft.bootstrapUri.trim() === "" ? null : (
            <>
              <FormField label="Wait before asking there" optional error={problem("bootstrapHoldOffSeconds")}>
                <NumberInput
                  value={draft.bootstrapHoldOffSeconds}
                  unit="seconds"
                  onChange={(bootstrapHoldOffSeconds) => change({ bootstrapHoldOffSeconds })}
                />
              </FormField>
              <FormField
                label="Forget this account after"
                optional
                hint="0 or empty: never. A light that forgets it cannot come back."
                error={problem("bootstrapTimeoutSeconds")}
              >
                <NumberInput
                  value={draft.bootstrapTimeoutSeconds}
                  unit="seconds"
                  onChange={(bootstrapTimeoutSeconds) => change({ bootstrapTimeoutSeconds })}
                />
              </FormField>
            </>
          )}
        </CardContent>
      </Card>
      <DeletionsCard draft={draft} onChange={change} />
      <AccessControlCard draft={draft} problem={problem} onChange={(accessControl) => change({ accessControl })} />
      {tried && problems.size > 0 ? (
        <Problem>{countOf(problems.size, "field")} above to mend before it can be saved.</Problem>
      ) : error ? (
        <Problem>{error}</Problem>
      ) : null}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={busy} disabledReason={refusal}>
          {action}
        </Button>
      </div>
    </form>
  );
}

function GroupField({
  value,
  onChange,
  error,
}: {
  readonly value: string;
  readonly onChange: (groupId: string) => void;
  readonly error: string | undefined;
}) {
  const trpc = useTRPC();
  const groups = useQuery(trpc.group.list.queryOptions({}));
  return (
    <Select value={value} onValueChange={onChange}>
      <FormField
        label="Group"
        error={error ?? (groups.isError ? groups.error.message : undefined)}
        {...(groups.data?.length === 0 && { hint: "There are no groups yet." })}
        className="max-w-md"
      >
        <SelectTrigger>
          <SelectValue placeholder={groups.isPending ? "Loading groups…" : "Choose a group"} />
        </SelectTrigger>
      </FormField>
      <SelectContent>
        {(groups.data ?? []).map(({ id, name }) => (
          <SelectItem key={id} value={id}>
            {name}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
