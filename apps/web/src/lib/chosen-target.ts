import type { CampaignTarget } from "@lamplighter/campaigns/campaign";

const prefix = "lamplighter.target.";

/**
 * Hands lights that were chosen on one page to the page that writes a campaign: `paths.campaignNew({ target: keepTarget(…) })`.
 * A thousand ids do not fit into an address, so they wait in this tab's session storage, and a reload finds them again.
 */
export function keepTarget(target: CampaignTarget): string {
  // Not randomUUID: browsers have it only on https and on localhost.
  const key = crypto.getRandomValues(new Uint32Array(1)).join("");
  sessionStorage.setItem(prefix + key, JSON.stringify(target));
  return key;
}

/** The target kept under the key in the address's `target`; undefined in another tab, or for a key nobody kept. */
export function keptTarget(key: string): CampaignTarget | undefined {
  const text = sessionStorage.getItem(prefix + key);
  return text === null ? undefined : (JSON.parse(text) as CampaignTarget);
}
