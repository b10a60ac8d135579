import type { CredentialPurpose } from "@lamplighter/db/prisma-credential-store";
import { type CredentialIndex, isSecureMode } from "./credential-index.ts";

export const noSecRules = ["everybody", "listed", "nobody"] as const;
/** Which lights may speak in the clear: all, those whom a person named one by one (mode `no-sec`), or none. */
export type NoSecRule = (typeof noSecRules)[number];

/**
 * The rule where nobody set one. On loopback there is no wire to listen at, and the demo's lights are there; anywhere else
 * whoever is on the way could drive the lights, so only those come in whom a person named.
 */
export function usualRule(host: string): NoSecRule {
  const isLoopback = host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
  return isLoopback ? "everybody" : "listed";
}

/**
 * Why a light may not speak in the clear; undefined when it may.
 *
 * A light that has a key never may, under any rule: else whoever cannot break its key would leave the key out.
 */
export function whyNotClear(
  { endpoint, purpose }: { readonly endpoint: string; readonly purpose: CredentialPurpose },
  { index, rule }: { readonly index: CredentialIndex; readonly rule: NoSecRule },
): string | undefined {
  const active = index.active(endpoint, purpose);
  if (active && isSecureMode(active.mode)) return `${endpoint} has a key, so it may not speak in the clear.`;
  if (rule === "everybody") return undefined;
  if (rule === "nobody") return "No light may speak in the clear here.";
  return active ? undefined : `${endpoint} is not among those that may speak in the clear.`;
}
