"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { LampMark } from "@/layout/lamp-mark";
import { areas, inArea } from "@/layout/navigation";
import { cn } from "@/lib/cn";
import { paths } from "@/lib/paths";
import { useSession } from "@/lib/session";

/** The links of the sidebar; also shown in the sheet on a narrow screen. */
export function NavigationLinks({ onNavigate }: { readonly onNavigate?: () => void }) {
  const pathname = usePathname();
  return (
    <nav aria-label="Main">
      <ul className="flex flex-col gap-0.5">
        {areas.map(({ label, href, icon: Icon }) => {
          const current = inArea(pathname, href);
          return (
            <li key={href}>
              <Link
                href={href}
                aria-current={current ? "page" : undefined}
                onClick={() => onNavigate?.()}
                className={cn(
                  "flex h-8 items-center gap-2.5 rounded-md px-2.5 text-sm font-medium max-md:h-11",
                  current
                    ? "bg-lamp-soft text-foreground"
                    : "text-muted-foreground hover:bg-surface-muted hover:text-foreground",
                )}
              >
                <Icon className={cn("size-4 shrink-0", current && "text-lamp")} aria-hidden="true" />
                {label}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

/** The column at the left on wide screens. */
export function Sidebar() {
  const { installation } = useSession();
  return (
    <aside className="flex w-52 shrink-0 flex-col border-r bg-surface max-md:hidden">
      <Link href={paths.overview()} className="flex h-12 items-center gap-2 px-4 font-semibold">
        <LampMark className="size-6" />
        Lamplighter
      </Link>
      <div className="flex-1 overflow-y-auto p-2">
        <NavigationLinks />
      </div>
      <div className="border-t px-4 py-3 text-xs text-muted-foreground">
        <p className="truncate font-medium text-foreground" title={installation.name}>
          {installation.name}
        </p>
        {installation.demo ? <p>Demonstration</p> : null}
      </div>
    </aside>
  );
}
