import type { DeviceField, LampCondition, Presence } from "@lamplighter/campaigns/device-query";
import { presenceLooks } from "./status";

const lampWords: Readonly<Record<LampCondition, string>> = { ok: "Working", failed: "Failed" };

/** A value of a field as people read it. */
export function valueWord(field: DeviceField, value: string): string {
  if (value === "") return "Not set";
  if (field === "presence" && value in presenceLooks) return presenceLooks[value as Presence].word;
  return field === "lamp" && value in lampWords ? lampWords[value as LampCondition] : value;
}
