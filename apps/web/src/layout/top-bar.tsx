"use client";
import { Menu, Search } from "lucide-react";
import { useState } from "react";
import { LampMark } from "@/layout/lamp-mark";
import { NavigationLinks } from "@/layout/sidebar";
import { StopEverything } from "@/layout/stop-everything";
import { ThemeToggle } from "@/layout/theme-toggle";
import { UserMenu } from "@/layout/user-menu";
import { Button } from "@/ui/button";
import { Sheet, SheetContent, SheetTrigger } from "@/ui/sheet";

/** The strip above every page. */
export function TopBar({ onSearch }: { readonly onSearch: () => void }) {
  const [menuOpen, setMenuOpen] = useState(false);
  return (
    <div className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-3 md:px-4">
      <Sheet open={menuOpen} onOpenChange={setMenuOpen}>
        <SheetTrigger asChild>
          <Button variant="ghost" size="icon" aria-label="Open navigation" className="md:hidden">
            <Menu aria-hidden="true" />
          </Button>
        </SheetTrigger>
        <SheetContent side="left" title="Lamplighter">
          <NavigationLinks onNavigate={() => setMenuOpen(false)} />
        </SheetContent>
      </Sheet>
      <LampMark className="size-6 md:hidden" />
      <button
        type="button"
        onClick={onSearch}
        aria-keyshortcuts="Meta+K Control+K"
        className="flex h-8 items-center gap-2 rounded-md border border-border-strong/50 px-2.5 text-sm text-muted-foreground hover:bg-surface-muted max-md:w-8 max-md:justify-center max-md:border-0 max-md:px-0 md:w-64"
      >
        <Search className="size-4 shrink-0" aria-hidden="true" />
        <span className="flex-1 text-left max-md:sr-only">Search or go to…</span>
        <span
          aria-hidden="true"
          className="rounded border bg-surface-muted px-1 font-sans text-[0.6875rem] max-md:hidden"
        >
          ⌘K
        </span>
      </button>
      <div className="ml-auto flex items-center gap-1.5">
        <StopEverything />
        <ThemeToggle />
        <UserMenu />
      </div>
    </div>
  );
}
