"use client";
import type { WaveGate } from "@lamplighter/campaigns/campaign";
import { ChevronDown } from "lucide-react";
import { gateSentence } from "@/features/campaigns/wave-plan";
import { Checkbox } from "@/ui/checkbox";
import { FormField } from "@/ui/form-field";
import { NumberInput } from "@/ui/number-input";

/** A wave's gate: said in a sentence, and opened to be changed. */
export function GateEditor({
  gate,
  isLast,
  index,
  onChange,
}: {
  readonly gate: WaveGate;
  readonly isLast: boolean;
  readonly index: number;
  readonly onChange: (gate: Partial<WaveGate>) => void;
}) {
  const manualId = `gate-manual-${index}`;
  return (
    <details className="group">
      <summary className="flex cursor-pointer list-none items-center gap-1.5 rounded-sm text-xs text-muted-foreground hover:text-foreground">
        <ChevronDown className="size-3.5 shrink-0 -rotate-90 group-open:rotate-0" aria-hidden="true" />
        <span>
          <span className="font-medium">Gate:</span> {gateSentence(gate, isLast)}
        </span>
      </summary>
      <div className="mt-3 grid gap-3 sm:grid-cols-3">
        <FormField label="At least succeeded">
          <NumberInput
            value={gate.succeededPercentMin}
            unit="%"
            onChange={(succeededPercentMin) => onChange({ succeededPercentMin })}
          />
        </FormField>
        <FormField label="At most failed">
          <NumberInput
            value={gate.failedPercentMax}
            unit="%"
            onChange={(failedPercentMax) => onChange({ failedPercentMax })}
          />
        </FormField>
        <FormField label="At most lost">
          <NumberInput value={gate.lostMax} unit="lights" onChange={(lostMax) => onChange({ lostMax })} />
        </FormField>
      </div>
      {isLast ? null : (
        <div className="mt-3 flex items-center gap-2">
          <Checkbox
            id={manualId}
            checked={gate.manual}
            onCheckedChange={(checked) => onChange({ manual: checked === true })}
          />
          <label htmlFor={manualId} className="text-sm">
            A person must promote it, even when it passed
          </label>
        </div>
      )}
    </details>
  );
}
