import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const fieldClasses =
  "w-full min-w-0 rounded-md border border-border-strong/70 bg-surface px-2.5 text-sm text-foreground placeholder:text-muted-foreground/80 transition-colors disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-bad";

/** A single line of text. */
export function Input({ className, type = "text", ...props }: ComponentProps<"input">) {
  return <input type={type} className={cn(fieldClasses, "h-8", className)} {...props} />;
}

/** Several lines of text. */
export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(fieldClasses, "min-h-20 py-1.5", className)} {...props} />;
}
