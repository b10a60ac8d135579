"use client";
import { keptForChoices, keptForWords } from "@/features/light/kept-for";
import { useOperations } from "@/features/light/operations";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";

/** Chooses for how long what is asked of a sleeping light is kept. The choice holds for the whole page of the light. */
export function KeptForSelect() {
  const { keptFor, keepFor } = useOperations();
  return (
    <Select
      value={keptFor}
      onValueChange={(value) => {
        const chosen = keptForChoices.find((each) => each === value);
        if (chosen) keepFor(chosen);
      }}
    >
      <SelectTrigger aria-label="Send when it wakes" className="w-36">
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {keptForChoices.map((each) => (
          <SelectItem key={each} value={each}>
            {keptForWords[each]}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
