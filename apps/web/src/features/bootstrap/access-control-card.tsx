"use client";
import { type AccessControl, ownedByBootstrapServer } from "@lamplighter/lwm2m/bootstrap/configuration";
import { Plus, Trash2 } from "lucide-react";
import type { BootstrapDraft } from "@/features/bootstrap/draft";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { FormField } from "@/ui/form-field";
import { NumberInput } from "@/ui/number-input";
import { Problem } from "@/ui/problem";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";
import { Tick } from "@/ui/tick";

const rights = [
  { bit: 1, label: "read" },
  { bit: 2, label: "write" },
  { bit: 4, label: "execute" },
  { bit: 8, label: "delete" },
  { bit: 16, label: "create" },
] as const;
const all = rights.reduce((sum, { bit }) => sum + bit, 0);

/** Which server may do what (object 2). Needed only where a light has several servers. */
export function AccessControlCard({
  draft,
  problem,
  onChange,
}: {
  readonly draft: BootstrapDraft;
  readonly problem: (field: string) => string | undefined;
  readonly onChange: (entries: readonly AccessControl[]) => void;
}) {
  const entries = draft.accessControl;
  const ids = [...new Set(draft.servers.map(({ shortServerId }) => shortServerId))].filter(Number.isInteger);
  const replace = (at: number, changed: Partial<AccessControl>) =>
    onChange(entries.map((entry, index) => (index === at ? { ...entry, ...changed } : entry)));
  const add = () =>
    onChange([
      ...entries,
      {
        ...{ object: 3, instance: 0, owner: ownedByBootstrapServer },
        rights: ids.map((shortServerId) => ({ shortServerId, rights: all })),
      },
    ]);
  return (
    <Card>
      <CardHeader
        title="Access rights"
        description="Optional. With one server a light gives it all rights; with several, say here who may do what."
        action={
          <Button size="small" onClick={add}>
            <Plus aria-hidden="true" /> Add rights
          </Button>
        }
      />
      {entries.length === 0 ? null : (
        <CardContent className="flex flex-col divide-y">
          {entries.map((entry, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries have no name of their own and are not reordered
            <div key={at} className="flex flex-col gap-3 py-3">
              <div className="grid gap-3 sm:grid-cols-[8rem_8rem_minmax(10rem,16rem)_auto] sm:items-end">
                <FormField label="Object">
                  <NumberInput value={entry.object} onChange={(object) => replace(at, { object })} />
                </FormField>
                <FormField label="Instance">
                  <NumberInput value={entry.instance} onChange={(instance) => replace(at, { instance })} />
                </FormField>
                <Select value={String(entry.owner)} onValueChange={(owner) => replace(at, { owner: Number(owner) })}>
                  <FormField label="Owner">
                    <SelectTrigger>
                      <SelectValue />
                    </SelectTrigger>
                  </FormField>
                  <SelectContent>
                    <SelectItem value={String(ownedByBootstrapServer)}>Bootstrap server</SelectItem>
                    {ids.map((id) => (
                      <SelectItem key={id} value={String(id)}>
                        Server {id}
                      </SelectItem>
                    ))}
                  </SelectContent>
                </Select>
                <Button
                  size="small"
                  className="justify-self-start"
                  onClick={() => onChange(entries.filter((_, index) => index !== at))}
                >
                  <Trash2 aria-hidden="true" /> Remove
                </Button>
              </div>
              {ids.map((id) => (
                <fieldset key={id} className="flex flex-wrap gap-x-4 gap-y-2">
                  <legend className="float-left mr-4 text-sm">Server {id} may</legend>
                  {rights.map(({ bit, label }) => (
                    <Tick
                      key={bit}
                      label={label}
                      checked={(rightsOf(entry, id) & bit) !== 0}
                      onChange={(checked) => replace(at, { rights: withRight(entry, { id, bit, checked }) })}
                    />
                  ))}
                </fieldset>
              ))}
              {problem(`accessControl.${at}`) ? <Problem>{problem(`accessControl.${at}`)}</Problem> : null}
            </div>
          ))}
        </CardContent>
      )}
    </Card>
  );
}

function rightsOf({ rights }: AccessControl, id: number): number {
  return rights.find(({ shortServerId }) => shortServerId === id)?.rights ?? 0;
}

function withRight(
  entry: AccessControl,
  { id, bit, checked }: { readonly id: number; readonly bit: number; readonly checked: boolean },
): AccessControl["rights"] {
  const others = entry.rights.filter(({ shortServerId }) => shortServerId !== id);
  const mine = checked ? rightsOf(entry, id) | bit : rightsOf(entry, id) & ~bit;
  return [...others, { shortServerId: id, rights: mine }];
}
