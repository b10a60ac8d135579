"use client";
import type { CampaignPreview } from "@lamplighter/api/views";
import type { WavePlan } from "@lamplighter/campaigns/campaign";
import { Plus, Trash2 } from "lucide-react";
import { GateEditor } from "@/features/campaigns/gate-editor";
import type { StepProps } from "@/features/campaigns/step-props";
import {
  addWave,
  changeWave,
  presetOf,
  removeWave,
  type WavePreset,
  wavesMax,
  wavesOfPreset,
} from "@/features/campaigns/wave-plan";
import { countOf } from "@/lib/format";
import { Button } from "@/ui/button";
import { ChoiceCards } from "@/ui/choice-cards";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { NumberInput } from "@/ui/number-input";

const presets = [
  {
    value: "all-at-once",
    title: "All at once",
    description: "One wave. For a handful of lights, or when it must be quick.",
  },
  {
    value: "canary",
    title: "Canary",
    description: "5 %, then 25 %, then the rest. Each wave must show that it went well.",
  },
  { value: "custom", title: "Custom", description: "Your own waves and gates." },
] as const satisfies readonly { value: WavePreset; title: string; description: string }[];

/** In which portions, and what a portion must show before the next may begin. */
export function StepWaves({
  draft,
  change,
  problems,
  preview,
}: StepProps & { readonly preview: CampaignPreview | undefined }) {
  const { waves } = draft;
  const set = (next: readonly WavePlan[]) => change({ waves: next });
  return (
    <section aria-labelledby="step-title" className="flex flex-col gap-4">
      <h2 id="step-title" className="font-semibold">
        In which waves?
      </h2>
      <ChoiceCards
        label="Pattern"
        value={presetOf(waves)}
        onChange={(preset) => {
          if (preset !== "custom") set(wavesOfPreset(preset));
          else if (presetOf(waves) !== "custom") set(addWave(waves));
        }}
        choices={presets}
      />
      <ol className="flex flex-col gap-3">
        {waves.map((wave, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a wave is its place in the order, and holds no state of its own
          <li key={index}>
            <WaveRow
              wave={wave}
              index={index}
              isLast={index === waves.length - 1}
              lights={preview?.waves[index]?.lights}
              problems={problems.filter(({ field }) => field === `wave-${index}`).map(({ problem }) => problem)}
              onChange={(part) => set(changeWave(waves, index, part))}
              onRemove={waves.length > 1 ? () => set(removeWave(waves, index)) : undefined}
            />
          </li>
        ))}
      </ol>
      <div>
        <Button
          disabledReason={waves.length >= wavesMax ? `A campaign has at most ${wavesMax} waves.` : undefined}
          onClick={() => set(addWave(waves))}
        >
          <Plus aria-hidden="true" /> Add wave
        </Button>
      </div>
    </section>
  );
}

function WaveRow({
  wave,
  index,
  isLast,
  lights,
  problems,
  onChange,
  onRemove,
}: {
  readonly wave: WavePlan;
  readonly index: number;
  readonly isLast: boolean;
  readonly lights: number | undefined;
  readonly problems: readonly string[];
  readonly onChange: (part: Parameters<typeof changeWave>[2]) => void;
  readonly onRemove: (() => void) | undefined;
}) {
  return (
    <fieldset className="flex flex-col gap-2 rounded-lg border p-3">
      <legend className="sr-only">Wave {index + 1}</legend>
      <div className="flex flex-wrap items-start gap-3">
        <FormField label={`Wave ${index + 1}`} className="min-w-32 flex-1">
          <Input value={wave.name} maxLength={120} onChange={(event) => onChange({ name: event.target.value })} />
        </FormField>
        <FormField label={isLast ? "Share (the rest)" : "Share"} className="w-32" error={problems[0]}>
          <NumberInput value={wave.percent} unit="%" disabled={isLast} onChange={(percent) => onChange({ percent })} />
        </FormField>
        <p className="mt-6 flex h-8 min-w-20 items-center text-sm font-medium tabular-nums" aria-live="polite">
          {lights === undefined ? "…" : countOf(lights, "light")}
        </p>
        <Button
          variant="ghost"
          size="icon"
          className="mt-6"
          aria-label={`Remove wave ${index + 1}`}
          disabledReason={onRemove ? undefined : "A campaign needs at least one wave."}
          onClick={onRemove}
        >
          <Trash2 aria-hidden="true" />
        </Button>
      </div>
      <GateEditor gate={wave.gate} isLast={isLast} index={index} onChange={(gate) => onChange({ gate })} />
    </fieldset>
  );
}
