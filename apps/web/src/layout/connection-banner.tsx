"use client";
import { PlugZap } from "lucide-react";
import { useConnection } from "@/lib/connection";

/** Says when what is on the screen may be old, because the connection broke. */
export function ConnectionBanner() {
  const connection = useConnection();
  return (
    <div role="status" aria-live="polite">
      {connection === "lost" ? (
        <p className="flex items-center justify-center gap-2 bg-wait-soft px-4 py-1.5 text-sm font-medium text-wait">
          <PlugZap className="size-4 shrink-0" aria-hidden="true" />
          Connection lost – reconnecting. What you see may be out of date.
        </p>
      ) : null}
    </div>
  );
}
