"use client";
import { type ReactNode, Suspense, useState } from "react";
import { CommandPalette } from "@/layout/command-palette";
import { ConnectionBanner } from "@/layout/connection-banner";
import { EarlyQuestions } from "@/layout/early-questions";
import { LampMark } from "@/layout/lamp-mark";
import { Sidebar } from "@/layout/sidebar";
import { TopBar } from "@/layout/top-bar";
import { LiveUpdates } from "@/lib/live";
import { SessionGate } from "@/lib/session";
import { ErrorState } from "@/ui/error-state";

/** What stands around every page of a signed-in person. The page scrolls inside `main`; a page that wants the full height uses `PageFrame fill`. */
export function ConsoleShell({ children }: { readonly children: ReactNode }) {
  const [paletteOpen, setPaletteOpen] = useState(false);
  return (
    <SessionGate
      waiting={
        <div role="status" aria-label="Loading" className="flex h-dvh items-center justify-center">
          <EarlyQuestions />
          <LampMark className="size-10 animate-pulse text-muted-foreground" />
        </div>
      }
      failed={(error, retry) => (
        <main className="flex h-dvh items-center justify-center">
          <ErrorState title="Lamplighter could not be reached" error={error} onRetry={retry} />
        </main>
      )}
    >
      <LiveUpdates />
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-primary px-3 py-2 text-primary-foreground focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <div className="flex h-dvh overflow-hidden">
        <Sidebar />
        <div className="flex min-w-0 flex-1 flex-col">
          <TopBar onSearch={() => setPaletteOpen(true)} />
          <ConnectionBanner />
          <main id="main" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
            <Suspense>{children}</Suspense>
          </main>
        </div>
      </div>
      <CommandPalette open={paletteOpen} onOpenChange={setPaletteOpen} />
    </SessionGate>
  );
}
