"use client";
import { RadioGroup } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly title: string;
  readonly description?: ReactNode;
}

/** A choice of one among few, each with a sentence beside it. Arrow keys move between them. */
export function ChoiceCards<Value extends string>({
  label,
  value,
  onChange,
  choices,
  className,
}: {
  readonly label: string;
  readonly value: Value | null;
  readonly onChange: (value: Value) => void;
  readonly choices: readonly Choice<Value>[];
  readonly className?: string;
}) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as Value)}
      className={cn("grid gap-2 sm:grid-cols-[repeat(auto-fit,minmax(13rem,1fr))]", className)}
    >
      {choices.map((choice) => (
        <RadioGroup.Item
          key={choice.value}
          value={choice.value}
          aria-label={choice.title}
          className="flex items-start gap-2.5 rounded-lg border bg-surface p-3 text-left transition-colors hover:bg-surface-muted data-[state=checked]:border-primary data-[state=checked]:bg-lamp-soft"
        >
          <span
            aria-hidden="true"
            className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-border-strong bg-surface"
          >
            <RadioGroup.Indicator className="size-2 rounded-full bg-foreground" />
          </span>
          <span className="min-w-0">
            <span className="block font-medium">{choice.title}</span>
            {choice.description ? (
              <span className="mt-0.5 block text-xs text-muted-foreground">{choice.description}</span>
            ) : null}
          </span>
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
