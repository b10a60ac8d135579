"use client";
import { type DeviceField, valuesMax } from "@lamplighter/campaigns/device-query";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronDown, Plus } from "lucide-react";
import { useState } from "react";
import { formatCount } from "@/lib/format";
import { fieldWords } from "@/lib/lights-query";
import { useTRPC } from "@/lib/trpc";
import { valueWord } from "@/lib/value-word";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/checkbox";
import { Input } from "@/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";

/** Beyond this many a list is searched, not read. */
const shownMax = 100;

/** Chooses values of one field from those the lights have, with how many lights have each. A value nobody has yet can be typed. */
export function ValuePicker({
  field,
  values,
  onChange,
}: {
  readonly field: DeviceField;
  readonly values: readonly string[];
  readonly onChange: (values: readonly string[]) => void;
}) {
  const trpc = useTRPC();
  const [search, setSearch] = useState("");
  const facets = useQuery(trpc.device.facets.queryOptions({}, { placeholderData: keepPreviousData }));
  const known = facets.data?.[field] ?? [];
  const words = search.trim().toLowerCase();
  const missing = values
    .filter((value) => !known.some((each) => each.value === value))
    .map((value) => ({ value, lights: 0 }));
  const found = [...missing, ...known].filter(({ value }) => valueWord(field, value).toLowerCase().includes(words));
  const typed = search.trim();
  const mayAdd =
    typed !== "" && field !== "presence" && field !== "lamp" && !found.some(({ value }) => value === typed);
  const toggle = (value: string) => {
    if (values.includes(value)) onChange(values.filter((each) => each !== value));
    else if (values.length < valuesMax) onChange([...values, value]);
  };
  return (
    <Popover>
      <PopoverTrigger asChild>
        <Button className="min-w-0 shrink justify-between" aria-label={`Values of ${fieldWords[field]}`}>
          <span className="truncate">{summary(field, values)}</span>
          <ChevronDown className="text-muted-foreground" aria-hidden="true" />
        </Button>
      </PopoverTrigger>
      <PopoverContent className="flex flex-col gap-2">
        <Input
          aria-label={`Search values of ${fieldWords[field]}`}
          placeholder="Search or type a value"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <ul className="flex max-h-64 flex-col overflow-y-auto">
          {found.slice(0, shownMax).map(({ value, lights }) => (
            <li key={value}>
              {/* biome-ignore lint/a11y/noLabelWithoutControl: the checkbox inside is the control */}
              <label className="flex cursor-pointer items-center gap-2 rounded-sm px-1.5 py-1 hover:bg-surface-muted">
                <Checkbox checked={values.includes(value)} onCheckedChange={() => toggle(value)} />
                <span className="min-w-0 flex-1 truncate">{valueWord(field, value)}</span>
                <span className="text-xs text-muted-foreground tabular-nums">{formatCount(lights)}</span>
              </label>
            </li>
          ))}
        </ul>
        {found.length > shownMax ? (
          <p className="text-xs text-muted-foreground">
            {formatCount(found.length - shownMax)} more: search to find them.
          </p>
        ) : null}
        {found.length === 0 && !mayAdd ? (
          <p className="px-1.5 text-xs text-muted-foreground">
            {facets.isPending ? "Loading values…" : `No light has such a ${fieldWords[field].toLowerCase()}.`}
          </p>
        ) : null}
        {mayAdd ? (
          <Button
            size="small"
            onClick={() => {
              toggle(typed);
              setSearch("");
            }}
          >
            <Plus aria-hidden="true" /> Add “{typed}”
          </Button>
        ) : null}
      </PopoverContent>
    </Popover>
  );
}

function summary(field: DeviceField, values: readonly string[]): string {
  if (values.length === 0) return "Choose values";
  const [first = "", second] = values.map((value) => valueWord(field, value));
  if (second === undefined) return first;
  return values.length === 2 ? `${first} or ${second}` : `${first}, ${second} or ${values.length - 2} more`;
}
