import type { NewSoftwareTask } from "@lamplighter/campaigns/software/software-desk";
import type { SignedIn } from "../context.ts";
import { Problem } from "../problem.ts";

/** Hands a task to the desk, and says in words why it was not taken. */
export async function beginSoftwareTask(
  { software, actor }: SignedIn,
  task: Omit<NewSoftwareTask, "askedBy">,
): Promise<{ readonly taskId: string }> {
  const begun = await software.begin({ ...task, askedBy: actor.id });
  switch (begun.kind) {
    case "begun":
      return { taskId: begun.task.id };
    case "busy":
      throw new Problem(
        "active-job",
        "Another change of this light's software is under way. Wait for it, or call it back first.",
      );
    case "no-light":
      throw new Problem("not-found", "This light was removed just now. Go back to the list.");
    case "too-many":
      throw new Problem("too-many", "Too many software changes are under way in this installation. Try again later.");
  }
}
