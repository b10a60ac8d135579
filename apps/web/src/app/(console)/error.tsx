"use client";
import { ErrorState } from "@/ui/error-state";

export default function ConsoleError({ error, reset }: { readonly error: Error; readonly reset: () => void }) {
  return <ErrorState title="This page broke" error={error} onRetry={reset} />;
}
