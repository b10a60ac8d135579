import type { Actor } from "@lamplighter/api/context";
import type { Clock } from "@lamplighter/runtime/clock";
import { type Duration, seconds } from "@lamplighter/runtime/duration";

/** A session that was looked up is believed this long. Then it is looked up again: it may have been ended elsewhere. */
export const sessionBelievedFor: Duration = seconds(15);

/** Who is behind one connection, as it stands now. */
export interface SessionCell {
  currentActor(): Promise<Actor | undefined>;
}

/** Looks a session up when asked, and not more often than needed: a tab asks many things at once. */
export function sessionCell(clock: Clock, lookUp: () => Promise<Actor | undefined>): SessionCell {
  let asked: Promise<Actor | undefined> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  return {
    currentActor() {
      const now = clock.monotonic();
      if (!asked || now - askedAt > sessionBelievedFor) {
        askedAt = now;
        const answer = lookUp();
        asked = answer;
        // A lookup that failed is no answer to believe.
        answer.catch(() => {
          if (asked === answer) asked = undefined;
        });
      }
      return asked;
    },
  };
}
