import { isReference } from "../db-error.ts";
import { campaignPlan } from "../input/campaign-plan.ts";
import { name } from "../input/text.ts";
import { may } from "../permissions.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { CampaignView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { refuse } from "./command.ts";
import { newCampaign, planCampaign } from "./plan.ts";
import { refuseRevoked } from "./refuse-revoked.ts";
import { campaignView, visibleCampaign } from "./view.ts";

/** Writes a campaign down with its lights frozen as they are now. It stays a draft unless it is told when to start. */
export const createCampaign = needs("campaign.write")
  .input(campaignPlan.extend({ name }))
  .mutation(async ({ ctx, input }): Promise<CampaignView> => {
    const { db, clock, actor, newId, campaignStore, campaigns } = ctx;
    const { name, startNow, ...plan } = input;
    if ((startNow || plan.startAt) && !may(actor.role, "campaign.start")) {
      throw new Problem("forbidden", `Your role "${actor.role}" may write a campaign but not start one.`);
    }
    await refuseRevoked(db, plan.packageId);
    const scope = visibleTo(actor);
    const planned = await planCampaign(db, scope, {
      plan: startNow ? { ...plan, startAt: null } : plan,
      now: clock.now(),
    });
    const [problem] = planned.problems;
    if (problem !== undefined) {
      throw new Problem(planned.included.length === 0 ? "targets-nobody" : "invalid-input", problem);
    }
    const id = newId();
    const at = clock.now().getTime();
    await campaignStore
      .create(newCampaign(planned, { id, name, createdBy: actor.id, at, newId }))
      .catch(refuseVanished);
    if (startNow) refuse(await campaigns.start(id, actor.id));
    else if (plan.startAt) refuse(await campaigns.schedule(id, actor.id));
    return campaignView(db, await visibleCampaign(db, scope.campaigns, id));
  });

/** The firmware or one of the lights was removed between the planning and the writing; nothing was written. */
function refuseVanished(cause: unknown): never {
  if (!isReference(cause)) throw cause;
  throw new Problem(
    "not-found",
    "The firmware or one of the lights was removed while the campaign was being written. Look at the plan again.",
    { cause },
  );
}
