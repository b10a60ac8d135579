import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

const looks = {
  problem: { icon: CircleAlert, classes: "bg-bad-soft text-bad", role: "alert" },
  warning: { icon: TriangleAlert, classes: "bg-wait-soft text-wait", role: "status" },
  note: { icon: Info, classes: "bg-surface-muted text-muted-foreground", role: "status" },
} as const;

/** A sentence that stands where the problem is: in a form, above a button. */
export function Problem({
  tone = "problem",
  className,
  children,
}: {
  readonly tone?: keyof typeof looks;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const { icon: Icon, classes, role } = looks[tone];
  return (
    <div role={role} className={cn("flex items-start gap-2 rounded-md px-3 py-2 text-sm", classes, className)}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      <div className="min-w-0 break-words">{children}</div>
    </div>
  );
}
