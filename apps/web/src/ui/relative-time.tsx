"use client";
import { useSyncExternalStore } from "react";
import { formatInstant, formatRelative, nothing } from "@/lib/format";

const tickMilliseconds = 10_000;
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

// One clock for all relative times on the page, running only while one is shown.
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, tickMilliseconds);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time of the page's clock, in milliseconds; moves every ten seconds. */
export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => now,
    () => 0,
  );
}

/** "3 min ago", with the exact instant in the title. */
export function RelativeTime({ at }: { readonly at: string | null }) {
  // The shared clock says when to look again; the time itself must not lag behind what has just arrived.
  useNow();
  if (at === null) return <span className="text-muted-foreground">{nothing}</span>;
  return (
    <time dateTime={at} title={formatInstant(at)} className="whitespace-nowrap" suppressHydrationWarning>
      {formatRelative(at, Date.now())}
    </time>
  );
}
