import { cva, type VariantProps } from "class-variance-authority";
import { Loader2 } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const buttonVariants = cva(
  "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none transition-colors disabled:pointer-events-none disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50 [&_svg]:shrink-0 [&_svg:not([class*='size-'])]:size-4",
  {
    variants: {
      variant: {
        primary: "bg-primary text-primary-foreground hover:bg-primary-hover",
        secondary: "border border-border-strong/60 bg-surface text-foreground hover:bg-surface-muted",
        ghost: "text-foreground hover:bg-surface-muted",
        danger: "bg-danger text-danger-foreground hover:bg-danger-hover",
        "danger-outline": "border border-bad/50 bg-surface text-bad hover:bg-bad-soft",
        link: "h-auto px-0 text-lamp underline-offset-4 hover:underline",
      },
      size: {
        small: "h-7 px-2 text-xs",
        medium: "h-8 px-3 text-sm",
        large: "h-10 px-4 text-sm",
        icon: "size-8",
        "icon-small": "size-7",
      },
    },
    defaultVariants: { variant: "secondary", size: "medium" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof buttonVariants> {
  /** Renders the child (a link, say) with a button's looks. */
  readonly asChild?: boolean;
  /** Shows a spinner and refuses clicks. */
  readonly busy?: boolean;
  /** Why the button cannot be used now. It stays focusable and says so, instead of being hidden. */
  readonly disabledReason?: string | undefined;
}

/** A button. With `disabledReason` it looks disabled, can still be focused, and says why in its title. */
export function Button({
  className,
  variant,
  size,
  asChild,
  busy,
  disabledReason,
  disabled,
  children,
  ...props
}: ButtonProps) {
  const classes = cn(buttonVariants({ variant, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={classes} {...props}>
        {children}
      </Slot.Root>
    );
  }
  if (disabledReason !== undefined) {
    return (
      <button
        type="button"
        {...props}
        className={classes}
        aria-disabled="true"
        title={disabledReason}
        onClick={(event) => event.preventDefault()}
      >
        {children}
      </button>
    );
  }
  return (
    <button type="button" {...props} className={classes} disabled={disabled || busy} aria-busy={busy || undefined}>
      {busy ? <Loader2 className="animate-spin" aria-hidden="true" /> : null}
      {children}
    </button>
  );
}
