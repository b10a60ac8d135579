"use client";
import { localOfInstant, type Start, zoneName } from "@/features/campaigns/schedule";
import { problemAt, type StepProps } from "@/features/campaigns/step-props";
import { ChoiceCards } from "@/ui/choice-cards";
import { FormField } from "@/ui/form-field";
import { Input } from "@/ui/input";
import { NumberInput } from "@/ui/number-input";

const starts = [
  { value: "later", title: "When I press start", description: "It is written as a draft." },
  { value: "now", title: "At once", description: "It begins as soon as it is written." },
  { value: "at", title: "At a time", description: "It begins by itself." },
] as const satisfies readonly { value: Start["kind"]; title: string; description: string }[];

const deliveries = [
  { value: "push", title: "Sent by this server", description: "Block by block, at the pace of each light." },
  {
    value: "pull",
    title: "Fetched by the lights",
    description: "Each light gets an address of its own, good for one attempt.",
  },
] as const;

const hour = 3_600_000;

/** How gently, how patiently, when to stop by itself, and when to begin. */
export function StepLimits({ draft, change, problems }: StepProps) {
  const { limits, start } = draft;
  const set = (part: Partial<typeof limits>) => change({ limits: { ...limits, ...part } });
  const setRetry = (part: Partial<typeof limits.retry>) => set({ retry: { ...limits.retry, ...part } });
  const setStop = (part: Partial<typeof limits.stop>) => set({ stop: { ...limits.stop, ...part } });
  const error = (field: string) => problemAt(problems, field);
  return (
    <div className="flex flex-col gap-6">
      <section aria-labelledby="start-title" className="flex flex-col gap-3">
        <h2 id="start-title" className="font-semibold">
          When shall it begin?
        </h2>
        <ChoiceCards
          label="Start"
          value={start.kind}
          onChange={(kind) =>
            change({ start: kind === "at" ? { kind, local: localOfInstant(new Date(Date.now() + hour)) } : { kind } })
          }
          choices={starts}
        />
        {start.kind === "at" ? (
          <FormField
            label="Date and time"
            error={error("start")}
            hint={`In your time zone, ${zoneName(new Date(start.local || Date.now()))}.`}
            className="max-w-sm"
          >
            <Input
              type="datetime-local"
              value={start.local}
              onChange={(event) => change({ start: { kind: "at", local: event.target.value } })}
            />
          </FormField>
        ) : null}
      </section>
      <section aria-labelledby="delivery-title" className="flex flex-col gap-3">
        <h2 id="delivery-title" className="font-semibold">
          How shall the image travel?
        </h2>
        <ChoiceCards
          label="Delivery"
          value={limits.delivery ?? "push"}
          onChange={(delivery) => set({ delivery })}
          choices={deliveries}
        />
        <p className="text-xs text-muted-foreground">A light that can do only one of the two does that one.</p>
      </section>
      <section aria-labelledby="pace-title" className="flex flex-col gap-3">
        <h2 id="pace-title" className="font-semibold">
          How many at a time, and how patiently?
        </h2>
        <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
          <FormField label="Lights at a time" error={error("concurrencyMax")}>
            <NumberInput
              value={limits.concurrencyMax}
              unit="lights"
              onChange={(concurrencyMax) => set({ concurrencyMax })}
            />
          </FormField>
          <FormField label="Download deadline" error={error("downloadDeadlineSeconds")} hint="For one attempt.">
            <NumberInput
              value={limits.downloadDeadlineSeconds / 60}
              unit="minutes"
              onChange={(minutes) => set({ downloadDeadlineSeconds: Math.round(minutes * 60) })}
            />
          </FormField>
          <FormField
            label="Return deadline"
            error={error("returnDeadlineSeconds")}
            hint="After it, a light counts as lost."
          >
            <NumberInput
              value={limits.returnDeadlineSeconds / 60}
              unit="minutes"
              onChange={(minutes) => set({ returnDeadlineSeconds: Math.round(minutes * 60) })}
            />
          </FormField>
          <FormField label="Attempts for each light" error={error("attemptsMax")}>
            <NumberInput
              value={limits.retry.attemptsMax}
              unit="attempts"
              onChange={(attemptsMax) => setRetry({ attemptsMax })}
            />
          </FormField>
          <FormField label="First wait between attempts" error={error("backoffSeconds")}>
            <NumberInput
              value={limits.retry.backoffSeconds}
              unit="seconds"
              onChange={(backoffSeconds) => setRetry({ backoffSeconds })}
            />
          </FormField>
          <FormField label="Each further wait" error={error("backoffFactor")}>
            <NumberInput
              value={limits.retry.backoffFactor}
              unit="times as long"
              onChange={(backoffFactor) => setRetry({ backoffFactor })}
            />
          </FormField>
        </div>
      </section>
      <section aria-labelledby="stop-title" className="flex flex-col gap-3">
        <h2 id="stop-title" className="font-semibold">
          When shall it pause by itself?
        </h2>
        <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
          <FormField label="Above this share failed" error={error("failedPercentMax")}>
            <NumberInput
              value={limits.stop.failedPercentMax}
              unit="%"
              onChange={(failedPercentMax) => setStop({ failedPercentMax })}
            />
          </FormField>
          <FormField label="Above this many lost" error={error("lostMax")}>
            <NumberInput value={limits.stop.lostMax} unit="lights" onChange={(lostMax) => setStop({ lostMax })} />
          </FormField>
        </div>
      </section>
    </div>
  );
}
