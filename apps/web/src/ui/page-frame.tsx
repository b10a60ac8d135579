import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** The margins of a page. `fill` makes it exactly as high as the window, for pages whose table or map scrolls by itself. */
export function PageFrame({
  fill = false,
  className,
  children,
}: {
  readonly fill?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <div
      className={cn(
        "mx-auto flex w-full max-w-[110rem] flex-col gap-4 p-3 md:p-5",
        fill ? "h-full min-h-0" : "min-h-full",
        className,
      )}
    >
      {children}
    </div>
  );
}
