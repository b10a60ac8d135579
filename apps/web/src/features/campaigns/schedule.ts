/** When a campaign shall begin, as the person chose it. `local` is `2026-11-24T22:00` in the browser's zone. */
export type Start =
  | { readonly kind: "later" }
  | { readonly kind: "now" }
  | { readonly kind: "at"; readonly local: string };

/** Reads a date-and-time field as an instant; undefined when it is empty or no date. */
export function instantOfLocal(local: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(local)) return undefined;
  const instant = new Date(local);
  if (Number.isNaN(instant.getTime())) return undefined;
  // Without this, 30 February and the hour that daylight saving skips would silently become another time.
  return localOfInstant(instant) === local.slice(0, 16) ? instant : undefined;
}

/** The reverse: how a date-and-time field shows an instant. */
export function localOfInstant(instant: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${String(instant.getFullYear()).padStart(4, "0")}-${two(instant.getMonth() + 1)}-${two(instant.getDate())}`;
  return `${day}T${two(instant.getHours())}:${two(instant.getMinutes())}`;
}

/** The browser's zone as people know it, with its offset at that instant: `Europe/Vienna (GMT+1)`. */
export function zoneName(at: Date): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "shortOffset" }).formatToParts(at);
  return `${zone} (${parts.find(({ type }) => type === "timeZoneName")?.value ?? "UTC"})`;
}

/** What is wrong with the chosen start; undefined when it may be used. */
export function problemOfStart(start: Start, now: Date): string | undefined {
  if (start.kind !== "at") return undefined;
  const instant = instantOfLocal(start.local);
  if (!instant) return "Choose a date and a time that exist on the clock.";
  if (instant.getTime() <= now.getTime()) return "This time has passed: choose a later one, or start now.";
  return undefined;
}

/** The part of the request that says when to begin. */
export function startOf(start: Start): { readonly startNow: boolean; readonly startAt: string | null } {
  const instant = start.kind === "at" ? instantOfLocal(start.local) : undefined;
  return { startNow: start.kind === "now", startAt: instant?.toISOString() ?? null };
}
