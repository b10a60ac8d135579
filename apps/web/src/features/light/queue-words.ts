import type { LightQueueView, QueuedRequestView } from "@lamplighter/api/views";

/** Ended requests that are shown below those that wait. */
const endedShownMax = 5;

type Queue = Pick<LightQueueView, "state" | "awakeUntil" | "lastAwakeAt" | "waiting">;

/** The line of a light in queue mode: `Sleeping, 3 queued, last awake 02:14`. */
export function sayQueue({ state, awakeUntil, lastAwakeAt, waiting }: Queue, now: number): string {
  const queued = waiting > 0 ? `, ${waiting} queued` : "";
  const last = lastAwakeAt ? `, last awake ${clockTime(lastAwakeAt, now)}` : "";
  switch (state) {
    case "awake":
      return `Awake${awakeUntil ? ` until ${clockTime(awakeUntil, now)}` : ""}${queued}`;
    case "sleeping":
      return `Sleeping${queued}${last}`;
    case "away":
      return `Not registered${queued}${last}`;
    case "always":
      return `Always listening${queued}`;
  }
}

/** What waits, and the last of what ended. */
export function shownWhenSleeping(requests: readonly QueuedRequestView[]): readonly QueuedRequestView[] {
  const live = requests.filter(({ endedAt }) => endedAt === null);
  return [...live, ...requests.filter(({ endedAt }) => endedAt !== null).slice(0, endedShownMax)];
}

/** `02:14` of today, `12 Nov, 02:14` of another day; the browser's time zone. */
function clockTime(iso: string, now: number): string {
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date(now || Date.now()).toDateString();
  return at.toLocaleString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(isToday ? {} : { day: "numeric", month: "short" }),
  });
}
