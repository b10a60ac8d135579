import { Check } from "lucide-react";
import { type DraftStep, draftSteps } from "@/features/campaigns/draft";
import { cn } from "@/lib/cn";

export const stepWords: Readonly<Record<DraftStep, string>> = {
  firmware: "Firmware",
  target: "Lights",
  waves: "Waves",
  limits: "Limits and start",
  review: "Review",
};

/** Where in the writing of a campaign we are. Steps already possible can be gone to; the others say why not. */
export function DraftSteps({
  step,
  furthest,
  onGo,
}: {
  readonly step: DraftStep;
  readonly furthest: DraftStep;
  readonly onGo: (step: DraftStep) => void;
}) {
  const reached = draftSteps.indexOf(furthest);
  const current = draftSteps.indexOf(step);
  return (
    <nav aria-label="Steps">
      <ol className="flex flex-wrap gap-x-1 gap-y-2">
        {draftSteps.map((each, index) => {
          const possible = index <= reached;
          return (
            <li key={each}>
              <button
                type="button"
                aria-current={each === step ? "step" : undefined}
                aria-disabled={!possible}
                title={possible ? undefined : `First finish “${stepWords[furthest]}”.`}
                onClick={() => (possible ? onGo(each) : undefined)}
                className={cn(
                  "flex items-center gap-2 rounded-md px-2.5 py-1.5 text-sm",
                  each === step
                    ? "bg-lamp-soft font-medium"
                    : possible
                      ? "hover:bg-surface-muted"
                      : "text-muted-foreground",
                )}
              >
                <span
                  aria-hidden="true"
                  className={cn(
                    "flex size-5 items-center justify-center rounded-full border text-xs tabular-nums",
                    each === step && "border-primary bg-primary text-primary-foreground",
                  )}
                >
                  {index < current && possible ? <Check className="size-3" /> : index + 1}
                </span>
                {stepWords[each]}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
