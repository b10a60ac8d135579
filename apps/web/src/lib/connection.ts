"use client";
import { useSyncExternalStore } from "react";

/** How the one WebSocket stands. `lost` means it was open before and is being opened again. */
export type Connection = "connecting" | "open" | "lost";

let current: Connection = "connecting";
let refused = 0;
const listeners = new Set<() => void>();

/** Told by the link whenever the socket opens or closes. */
export function noteConnection(event: "opened" | "closed"): void {
  if (event === "opened") refused = 0;
  else refused += 1;
  const next: Connection = event === "opened" ? "open" : current === "open" ? "lost" : current;
  if (next === current) return;
  current = next;
  for (const listener of listeners) listener();
}

/** How often in a row the socket closed without having been open. */
export function refusals(): number {
  return refused;
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
    () => "connecting",
  );
}
