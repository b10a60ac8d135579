"use client";
import { CircleAlert } from "lucide-react";
import { cn } from "@/lib/cn";
import { Button } from "@/ui/button";

/** What a list or page shows when loading failed: the server's sentence, and a way to try again. */
export function ErrorState({
  title = "This could not be loaded",
  error,
  onRetry,
  className,
}: {
  readonly title?: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly className?: string;
}) {
  return (
    <div role="alert" className={cn("flex flex-col items-center gap-2 px-6 py-12 text-center", className)}>
      <CircleAlert className="size-8 text-bad" strokeWidth={1.5} aria-hidden="true" />
      <p className="text-sm font-semibold">{title}</p>
      <p className="max-w-prose text-sm text-muted-foreground">
        {error instanceof Error ? error.message : String(error)}
      </p>
      {onRetry ? (
        <Button className="mt-2" onClick={onRetry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
}
