"use client";
import type { BootstrapFormat, Deletion } from "@lamplighter/lwm2m/bootstrap/configuration";
import type { BootstrapDraft } from "@/features/bootstrap/draft";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { FormField } from "@/ui/form-field";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";
import { Tick } from "@/ui/tick";

const choices: readonly { readonly path: Deletion; readonly label: string }[] = [
  { path: "/0", label: "Security accounts (object 0)" },
  { path: "/1", label: "Server accounts (object 1)" },
  { path: "/2", label: "Access rights (object 2)" },
  { path: "/", label: "Everything that a bootstrap may delete" },
];

const formats = [
  { value: "any", label: "What the light prefers" },
  { value: "tlv", label: "TLV" },
  { value: "senml-cbor", label: "SenML CBOR" },
  { value: "senml-json", label: "SenML JSON" },
] as const;

/** What a light forgets before it is written to, and in which format that is. */
export function DeletionsCard({
  draft,
  onChange,
}: {
  readonly draft: BootstrapDraft;
  readonly onChange: (part: Partial<BootstrapDraft>) => void;
}) {
  return (
    <Card>
      <CardHeader
        title="Deleted first"
        description="A light never deletes its bootstrap account. One that refuses a deletion is written to all the same."
      />
      <CardContent className="grid gap-4 sm:grid-cols-2">
        <fieldset className="flex flex-col gap-2">
          <legend className="sr-only">Deleted before anything is written</legend>
          {choices.map(({ path, label }) => (
            <Tick
              key={path}
              label={label}
              checked={draft.deletions.includes(path)}
              onChange={(checked) =>
                onChange({
                  deletions: checked ? [...draft.deletions, path] : draft.deletions.filter((each) => each !== path),
                })
              }
            />
          ))}
        </fieldset>
        <Select
          value={draft.format || "any"}
          onValueChange={(value) => onChange({ format: value === "any" ? "" : (value as BootstrapFormat) })}
        >
          <FormField label="Written in" hint="A light that does not read it is written to in TLV." className="max-w-xs">
            <SelectTrigger>
              <SelectValue />
            </SelectTrigger>
          </FormField>
          <SelectContent>
            {formats.map(({ value, label }) => (
              <SelectItem key={value} value={value}>
                {label}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      </CardContent>
    </Card>
  );
}
