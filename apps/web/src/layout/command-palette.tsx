"use client";
import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { FileUp, Lightbulb, type LucideIcon, Moon, Rocket, Sun, Upload } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTheme } from "next-themes";
import { Dialog as DialogPrimitive } from "radix-ui";
import { useEffect, useState } from "react";
import { areas } from "@/layout/navigation";
import { paths } from "@/lib/paths";
import { useTRPC } from "@/lib/trpc";
import { overlayClasses } from "@/ui/dialog";
import { PresenceBadge } from "@/ui/status-badge";

const lightsShownMax = 8;
const itemClasses =
  "flex cursor-default items-center gap-2.5 rounded-sm px-2 py-2 text-sm data-[selected=true]:bg-surface-muted";
const groupClasses =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted-foreground";

/** Goes anywhere by typing: areas, lights by name or endpoint, campaigns, and a few acts. Opens on ⌘K and Ctrl K. */
export function CommandPalette({
  open,
  onOpenChange,
}: {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}) {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        onOpenChange(!open);
      }
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [open, onOpenChange]);
  return (
    <DialogPrimitive.Root open={open} onOpenChange={onOpenChange}>
      <DialogPrimitive.Portal>
        <DialogPrimitive.Overlay className={overlayClasses} />
        <DialogPrimitive.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-lg border bg-surface shadow-xl"
        >
          <DialogPrimitive.Title className="sr-only">Search or go to</DialogPrimitive.Title>
          <Palette close={() => onOpenChange(false)} />
        </DialogPrimitive.Content>
      </DialogPrimitive.Portal>
    </DialogPrimitive.Root>
  );
}

function Palette({ close }: { readonly close: () => void }) {
  const [text, setText] = useState("");
  const trpc = useTRPC();
  const router = useRouter();
  const { resolvedTheme, setTheme } = useTheme();
  const words = text.trim();
  const lights = useQuery(
    trpc.device.list.queryOptions({ query: { text: words }, limit: lightsShownMax }, { enabled: words.length >= 2 }),
  );
  const campaigns = useQuery(trpc.campaign.list.queryOptions({ state: "all" }));
  const go = (href: string) => {
    close();
    router.push(href);
  };
  const matches = (label: string) => label.toLowerCase().includes(words.toLowerCase());
  const acts: readonly { label: string; icon: LucideIcon; run: () => void }[] = [
    { label: "New campaign", icon: Rocket, run: () => go(paths.campaignNew()) },
    { label: "Upload firmware", icon: Upload, run: () => go(paths.firmwareUpload()) },
    { label: "Import lights from CSV", icon: FileUp, run: () => go(paths.lightsImport()) },
    {
      label: resolvedTheme === "dark" ? "Switch to light theme" : "Switch to dark theme",
      icon: resolvedTheme === "dark" ? Sun : Moon,
      run: () => {
        setTheme(resolvedTheme === "dark" ? "light" : "dark");
        close();
      },
    },
  ];
  const shownAreas = areas.filter(({ label }) => matches(label));
  const shownActs = acts.filter(({ label }) => matches(label));
  const shownCampaigns = words === "" ? [] : (campaigns.data ?? []).filter(({ name }) => matches(name)).slice(0, 5);
  return (
    <Command shouldFilter={false} label="Search or go to" loop>
      <Command.Input
        value={text}
        onValueChange={setText}
        placeholder="A light, a campaign, a page…"
        className="h-11 w-full border-b bg-transparent px-4 text-sm outline-none placeholder:text-muted-foreground"
      />
      <Command.List className="max-h-[50vh] overflow-y-auto p-1.5">
        <Command.Empty className="p-6 text-center text-sm text-muted-foreground">
          {lights.isFetching ? "Searching…" : "Nothing found."}
        </Command.Empty>
        {shownAreas.length > 0 ? (
          <Command.Group heading="Go to" className={groupClasses}>
            {shownAreas.map(({ label, href, icon: Icon }) => (
              <Command.Item key={href} value={`area ${href}`} onSelect={() => go(href)} className={itemClasses}>
                <Icon className="size-4 text-muted-foreground" aria-hidden="true" />
                {label}
              </Command.Item>
            ))}
          </Command.Group>
        ) : null}
        {words.length >= 2 && lights.data && lights.data.items.length > 0 ? (
          <Command.Group heading="Lights" className={groupClasses}>
            {lights.data.items.map((light) => (
              <Command.Item
                key={light.id}
                value={`light ${light.id}`}
                onSelect={() => go(paths.light(light.id))}
                className={itemClasses}
              >
                <Lightbulb className="size-4 shrink-0 text-muted-foreground" aria-hidden="true" />
                <span className="min-w-0 flex-1 truncate">
                  {light.name ?? light.endpoint}
                  <span className="ml-2 text-xs text-muted-foreground">
                    {light.name ? light.endpoint : light.street}
                  </span>
                </span>
                <PresenceBadge presence={light.presence} />
              </Command.Item>
            ))}
            {lights.data.total > lights.data.items.length ? (
              <Command.Item
                value="light all"
                onSelect={() => go(paths.lights({ text: words }))}
                className={itemClasses}
              >
                <span className="pl-6.5 text-lamp">Show all {lights.data.total} lights</span>
              </Command.Item>
            ) : null}
          </Command.Group>
        ) : null}
        {shownCampaigns.length > 0 ? (
          <Command.Group heading="Campaigns" className={groupClasses}>
            {shownCampaigns.map((campaign) => (
              <Command.Item
                key={campaign.id}
                value={`campaign ${campaign.id}`}
                onSelect={() => go(paths.campaign(campaign.id))}
                className={itemClasses}
              >
                <Rocket className="size-4 text-muted-foreground" aria-hidden="true" />
                <span className="truncate">{campaign.name}</span>
              </Command.Item>
            ))}
          </Command.Group>
        ) : null}
        {shownActs.length > 0 ? (
          <Command.Group heading="Do" className={groupClasses}>
            {shownActs.map(({ label, icon: Icon, run }) => (
              <Command.Item key={label} value={`act ${label}`} onSelect={run} className={itemClasses}>
                <Icon className="size-4 text-muted-foreground" aria-hidden="true" />
                {label}
              </Command.Item>
            ))}
          </Command.Group>
        ) : null}
      </Command.List>
    </Command>
  );
}
