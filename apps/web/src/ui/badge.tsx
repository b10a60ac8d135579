import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const badgeVariants = cva(
  "inline-flex w-fit items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3.5 [&_svg]:shrink-0",
  {
    variants: {
      tone: {
        good: "bg-good-soft text-good",
        busy: "bg-busy-soft text-busy",
        wait: "bg-wait-soft text-wait",
        bad: "bg-bad-soft text-bad",
        lost: "bg-lost-soft text-lost",
        idle: "bg-idle-soft text-idle",
        outline: "border text-muted-foreground",
      },
    },
    defaultVariants: { tone: "idle" },
  },
);

export type Tone = NonNullable<VariantProps<typeof badgeVariants>["tone"]>;

/** A small label. The tone is never the only sign: give it a word, and an icon where it names a state. */
export function Badge({ className, tone, ...props }: ComponentProps<"span"> & VariantProps<typeof badgeVariants>) {
  return <span className={cn(badgeVariants({ tone }), className)} {...props} />;
}
