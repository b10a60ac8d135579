"use client";
import { type ComponentProps, useState } from "react";
import { cn } from "@/lib/cn";
import { Input } from "@/ui/input";

/** A number with its unit beside it. What is no number is reported as `NaN`, never as 0: an emptied field means nothing yet. */
export function NumberInput({
  value,
  onChange,
  unit,
  className,
  ...props
}: Omit<ComponentProps<"input">, "value" | "onChange" | "type"> & {
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly unit?: string;
}) {
  const [text, setText] = useState(written(value));
  // The value changed from outside (a preset, say): show it. Typing "1." must not be rewritten to "1" meanwhile.
  const shown =
    Object.is(read(text), value) || (Number.isNaN(read(text)) && !Number.isFinite(value)) ? text : written(value);
  return (
    <span className={cn("flex min-w-0 items-center gap-1.5", className)}>
      <Input
        inputMode="decimal"
        value={shown}
        onChange={(event) => {
          setText(event.target.value);
          onChange(read(event.target.value));
        }}
        className="min-w-14 tabular-nums"
        {...props}
      />
      {unit ? <span className="shrink-0 text-xs text-muted-foreground">{unit}</span> : null}
    </span>
  );
}

// Not Number() alone: that reads "" and " " as 0.
function read(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text.trim().replace(",", "."));
}

function written(value: number): string {
  return Number.isFinite(value) ? String(value) : "";
}
