"use client";
import type { DeviceCondition, DeviceField, DeviceQuery } from "@lamplighter/campaigns/device-query";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, X } from "lucide-react";
import { useId, useState } from "react";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { fieldWords, isNarrowed, valuesOf, withValues } from "@/lib/lights-query";
import { useTRPC } from "@/lib/trpc";
import { valueWord } from "@/lib/value-word";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/checkbox";
import { Input } from "@/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";
import { SearchInput } from "@/ui/search-input";
import { Skeleton } from "@/ui/skeleton";

const filters: readonly DeviceField[] = [
  "presence",
  "model",
  "hardwareRevision",
  "firmwareVersion",
  "district",
  "street",
  "feeder",
  "cell",
  "lamp",
];
/** A city has thousands of streets; beyond this many one types to find the rest. */
const valuesShownMax = 100;
const searchableFrom = 9;

/** Search and filters over the lights, with what is chosen as chips below. */
export function FilterBar({
  query,
  onChange,
  className,
}: {
  readonly query: DeviceQuery;
  readonly onChange: (query: DeviceQuery) => void;
  readonly className?: string;
}) {
  return (
    <search className={cn("flex min-w-0 flex-col gap-2", className)} aria-label="Filter lights">
      <div className="flex min-w-0 flex-wrap items-center gap-1.5 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
        <SearchInput
          label="Search lights"
          placeholder="Endpoint, name or street"
          value={query.text ?? ""}
          onChange={(text) => {
            const { text: _, ...rest } = query;
            onChange(text === "" ? rest : { ...rest, text });
          }}
          className="w-64 max-md:w-full"
        />
        <div className="flex gap-1.5 max-md:-mx-3 max-md:overflow-x-auto max-md:px-3 max-md:py-1 md:flex-wrap">
          {filters.map((field) => (
            <FacetFilter key={field} field={field} query={query} onChange={onChange} />
          ))}
        </div>
      </div>
      <FilterChips query={query} onChange={onChange} />
    </search>
  );
}

function FacetFilter({
  field,
  query,
  onChange,
}: {
  readonly field: DeviceField;
  readonly query: DeviceQuery;
  readonly onChange: (query: DeviceQuery) => void;
}) {
  const [open, setOpen] = useState(false);
  const chosen = valuesOf(query, field);
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button size="medium" className={cn("px-2.5", chosen.length > 0 && "border-primary bg-lamp-soft")}>
          {fieldWords[field]}
          {chosen.length > 0 ? <span className="text-xs text-lamp tabular-nums">{chosen.length}</span> : null}
          <ChevronDown className="text-muted-foreground" aria-hidden="true" />
        </Button>
      </PopoverTrigger>
      <PopoverContent className="p-2" aria-label={`Filter by ${fieldWords[field]}`}>
        <FacetValues field={field} query={query} onChange={onChange} />
      </PopoverContent>
    </Popover>
  );
}

function FacetValues({
  field,
  query,
  onChange,
}: {
  readonly field: DeviceField;
  readonly query: DeviceQuery;
  readonly onChange: (query: DeviceQuery) => void;
}) {
  const trpc = useTRPC();
  const id = useId();
  const [text, setText] = useState("");
  // Counted as if this field were not filtered: otherwise choosing one value would hide all others.
  const facets = useQuery(trpc.device.facets.queryOptions({ query: withValues(query, field, []) }));
  const chosen = valuesOf(query, field);
  if (facets.isPending) {
    return (
      <div role="status" aria-label="Loading values" className="flex flex-col gap-2 p-1">
        <Skeleton className="h-5" />
        <Skeleton className="h-5" />
        <Skeleton className="h-5" />
      </div>
    );
  }
  if (facets.isError) return <p className="p-1 text-sm text-bad">{facets.error.message}</p>;
  const counted = facets.data[field] ?? [];
  // What is chosen stays listed, even when no light has it any more.
  const missing = chosen.filter((value) => !counted.some((each) => each.value === value));
  const all = [...counted, ...missing.map((value) => ({ value, lights: 0 }))];
  const matching = all.filter(({ value }) => valueWord(field, value).toLowerCase().includes(text.trim().toLowerCase()));
  const toggle = (value: string, on: boolean) =>
    onChange(withValues(query, field, on ? [...chosen, value] : chosen.filter((each) => each !== value)));
  return (
    <div className="flex flex-col gap-1.5">
      {all.length >= searchableFrom ? (
        <Input
          aria-label={`Find a value of ${fieldWords[field]}`}
          placeholder="Find…"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      ) : null}
      <ul className="max-h-72 overflow-y-auto">
        {matching.slice(0, valuesShownMax).map(({ value, lights }, index) => (
          <li key={value}>
            <label
              htmlFor={`${id}-${index}`}
              className="flex cursor-pointer items-center gap-2 rounded-sm px-1.5 py-1.5 hover:bg-surface-muted"
            >
              <Checkbox
                id={`${id}-${index}`}
                checked={chosen.includes(value)}
                onCheckedChange={(checked) => toggle(value, checked === true)}
              />
              <span className={cn("min-w-0 flex-1 truncate", value === "" && "text-muted-foreground italic")}>
                {valueWord(field, value)}
              </span>
              <span className="text-xs text-muted-foreground tabular-nums">{formatCount(lights)}</span>
            </label>
          </li>
        ))}
      </ul>
      {matching.length === 0 ? <p className="px-1.5 py-2 text-sm text-muted-foreground">No such value.</p> : null}
      {matching.length > valuesShownMax ? (
        <p className="px-1.5 text-xs text-muted-foreground">
          {formatCount(matching.length - valuesShownMax)} more: type to find them.
        </p>
      ) : null}
      {chosen.length > 0 ? (
        <Button variant="ghost" size="small" onClick={() => onChange(withValues(query, field, []))}>
          Clear
        </Button>
      ) : null}
    </div>
  );
}

/** What is chosen, each with a way to drop it. */
export function FilterChips({
  query,
  onChange,
}: {
  readonly query: DeviceQuery;
  readonly onChange: (query: DeviceQuery) => void;
}) {
  const trpc = useTRPC();
  const groups = useQuery(trpc.group.list.queryOptions({}, { enabled: query.groupId !== undefined }));
  if (!isNarrowed(query)) return null;
  const drop = (dropped: DeviceCondition) => {
    const where = (query.where ?? []).filter((condition) => condition !== dropped);
    const { where: _, ...rest } = query;
    onChange(where.length > 0 ? { ...rest, where } : rest);
  };
  return (
    <ul className="flex flex-wrap items-center gap-1.5" aria-label="Chosen filters">
      {query.groupId ? (
        <Chip
          label={`Group: ${groups.data?.find((group) => group.id === query.groupId)?.name ?? "…"}`}
          onDrop={() => {
            const { groupId: _, ...rest } = query;
            onChange(rest);
          }}
        />
      ) : null}
      {(query.where ?? []).map((condition) => {
        const words = condition.values.map((value) => valueWord(condition.field, value));
        const shown = words.length > 3 ? `${words.slice(0, 3).join(", ")} +${words.length - 3}` : words.join(", ");
        return (
          <Chip
            key={`${condition.field} ${condition.operator}`}
            label={`${fieldWords[condition.field]} ${condition.operator === "is" ? "is" : "is not"} ${shown}`}
            onDrop={() => drop(condition)}
          />
        );
      })}
      <li>
        <Button variant="ghost" size="small" onClick={() => onChange({})}>
          Clear all
        </Button>
      </li>
    </ul>
  );
}

function Chip({ label, onDrop }: { readonly label: string; readonly onDrop: () => void }) {
  return (
    <li className="flex h-6 max-w-full items-center gap-0.5 rounded-full bg-surface-muted pr-0.5 pl-2.5 text-xs">
      <span className="truncate">{label}</span>
      <button
        type="button"
        aria-label={`Remove filter: ${label}`}
        onClick={onDrop}
        className="flex size-5 shrink-0 items-center justify-center rounded-full text-muted-foreground hover:bg-border hover:text-foreground"
      >
        <X className="size-3" aria-hidden="true" />
      </button>
    </li>
  );
}
