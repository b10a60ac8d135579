import type { CampaignDraft, DraftProblem } from "@/features/campaigns/draft";

/** What every step of the wizard is given. `problems` is empty until the person has tried to go on. */
export interface StepProps {
  readonly draft: CampaignDraft;
  readonly change: (part: Partial<CampaignDraft>) => void;
  readonly problems: readonly DraftProblem[];
}

/** The problem at one field, for its form control. */
export function problemAt(problems: readonly DraftProblem[], field: string): string | undefined {
  return problems.find((each) => each.field === field)?.problem;
}
