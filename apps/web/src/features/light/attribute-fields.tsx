"use client";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";

/** The notification attributes (OMA TS Core 1.1 §7.3.2), in the order they are usually set. */
export const attributeWords = {
  pmin: "Minimum period (pmin), seconds",
  pmax: "Maximum period (pmax), seconds",
  gt: "Greater than (gt)",
  lt: "Less than (lt)",
  st: "Step (st)",
  epmin: "Measured at least (epmin), seconds, from 1.1",
  epmax: "Measured at most (epmax), seconds, from 1.1",
  edge: "Edge (edge), 1 rising, 0 falling, from 1.2",
  con: "Confirmed (con), 1 or 0, from 1.2",
  hqmax: "History (hqmax), values, from 1.2",
} as const;
export type Attribute = keyof typeof attributeWords;
export const attributeNames = Object.keys(attributeWords) as readonly Attribute[];

/** Fields for notification attributes; what is left empty is not touched. */
export function AttributeFields({
  values,
  onChange,
}: {
  readonly values: Readonly<Partial<Record<Attribute, string>>>;
  readonly onChange: (values: Readonly<Partial<Record<Attribute, string>>>) => void;
}) {
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      {attributeNames.map((name) => (
        <FormField key={name} label={attributeWords[name]}>
          <Input
            inputMode="decimal"
            value={values[name] ?? ""}
            onChange={(event) => onChange({ ...values, [name]: event.target.value })}
            placeholder="unchanged; “-” unsets it"
          />
        </FormField>
      ))}
    </div>
  );
}

/** What is sent: filled fields, with "-" as null; undefined when nothing is filled. */
export function attributesToSend(
  values: Readonly<Partial<Record<Attribute, string>>>,
): Record<string, string | null> | undefined {
  const filled = Object.entries(values).filter(([, text]) => text.trim() !== "");
  if (filled.length === 0) return undefined;
  return Object.fromEntries(filled.map(([name, text]) => [name, text.trim() === "-" ? null : text.trim()]));
}
