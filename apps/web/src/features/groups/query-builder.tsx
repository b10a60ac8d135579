"use client";
import { conditionsMax, type DeviceField, type DeviceQuery } from "@lamplighter/campaigns/device-query";
import { Plus, Trash2 } from "lucide-react";
import { MatchingLights } from "@/features/groups/matching-lights";
import { addCondition, changeCondition, changeText, removeCondition } from "@/features/groups/query-edit";
import { ValuePicker } from "@/features/groups/value-picker";
import { fieldWords, filterFields } from "@/lib/lights-query";
import { Button } from "@/ui/button";
import { SearchInput } from "@/ui/search-input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";

/** Writes a question about the inventory: words, and conditions that must all hold. Says at once how many lights it finds. */
export function QueryBuilder({
  query,
  onChange,
}: {
  readonly query: DeviceQuery;
  readonly onChange: (query: DeviceQuery) => void;
}) {
  const conditions = query.where ?? [];
  return (
    <div className="flex flex-col gap-3">
      <SearchInput
        label="Text in name, endpoint or street"
        placeholder="Text in name, endpoint or street (optional)"
        value={query.text ?? ""}
        onChange={(text) => onChange(changeText(query, text))}
        className="max-w-md"
      />
      {conditions.length > 0 ? (
        <ol className="flex flex-col gap-2" aria-label="Conditions">
          {conditions.map((condition, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place in the list, and holds no state of its own
            <li key={index} className="flex flex-wrap items-center gap-2">
              <span className="w-8 text-xs text-muted-foreground">{index === 0 ? "where" : "and"}</span>
              <Select
                value={condition.field}
                onValueChange={(field) => onChange(changeCondition(query, index, { field: field as DeviceField }))}
              >
                <SelectTrigger aria-label={`Field of condition ${index + 1}`} className="w-36">
                  <SelectValue />
                </SelectTrigger>
                <SelectContent>
                  {filterFields.map((field) => (
                    <SelectItem key={field} value={field}>
                      {fieldWords[field]}
                    </SelectItem>
                  ))}
                </SelectContent>
              </Select>
              <Select
                value={condition.operator}
                onValueChange={(operator) =>
                  onChange(changeCondition(query, index, { operator: operator as "is" | "is-not" }))
                }
              >
                <SelectTrigger aria-label={`Comparison of condition ${index + 1}`} className="w-24">
                  <SelectValue />
                </SelectTrigger>
                <SelectContent>
                  <SelectItem value="is">is</SelectItem>
                  <SelectItem value="is-not">is not</SelectItem>
                </SelectContent>
              </Select>
              <ValuePicker
                field={condition.field}
                values={condition.values}
                onChange={(values) => onChange(changeCondition(query, index, { values }))}
              />
              <Button
                variant="ghost"
                size="icon"
                aria-label={`Remove condition ${index + 1}`}
                onClick={() => onChange(removeCondition(query, index))}
              >
                <Trash2 aria-hidden="true" />
              </Button>
            </li>
          ))}
        </ol>
      ) : null}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button
          disabledReason={
            conditions.length >= conditionsMax ? `A query has at most ${conditionsMax} conditions.` : undefined
          }
          onClick={() => onChange(addCondition(query, "model"))}
        >
          <Plus aria-hidden="true" /> Add condition
        </Button>
        <MatchingLights query={query} />
      </div>
    </div>
  );
}
