import type { SoftwareAttempt } from "@lamplighter/lwm2m/software/software-attempt";
import { saySoftwareFailure } from "@lamplighter/lwm2m/software/software-words";
import type { SoftwareHappening, SoftwareTask } from "./software-task.ts";

/** What a person should read of a task that went from `before` to where it stands now; undefined for a step of no interest. */
export function happeningAfter(task: SoftwareTask, before: SoftwareAttempt): SoftwareHappening | undefined {
  const { attempt } = task;
  if (attempt.phase === before.phase) return undefined;
  const tell = (kind: string, message: string): SoftwareHappening => ({ actor: "system", kind, message });
  const what = nameOf(task);
  switch (attempt.phase) {
    case "delivered":
      return tell("software.delivered", `${what}: the package is delivered and verified.`);
    case "waiting-to-retry":
      return tell("software.retried", `${what}: ${reasonOf(attempt)} It is tried again.`);
    case "succeeded":
      return tell("software.succeeded", `${what}: done.`);
    case "failed":
      return tell("software.failed", `${what}: ${reasonOf(attempt)}`);
    case "cancelled":
      return tell("software.cancelled", `${what}: called back.`);
    default:
      return undefined;
  }
}

/** What a task is, for the beginning of a sentence: `Install Driver 2.0.0 on /9/0 of light-1`. */
export function nameOf({ attempt: { wish }, package: image, instance, endpoint }: SoftwareTask): string {
  const where = `/9/${instance} of ${endpoint}`;
  switch (wish.kind) {
    case "install":
      return `Install ${image ? `${image.name} ` : ""}${wish.version} on ${where}`;
    case "activate":
      return `Activate the software at ${where}`;
    case "deactivate":
      return `Deactivate the software at ${where}`;
    case "uninstall":
      return wish.forUpdate ? `Make ready ${where} for an update` : `Uninstall the software at ${where}`;
  }
}

const reasonOf = ({ failure }: SoftwareAttempt): string => (failure ? saySoftwareFailure(failure) : "");
