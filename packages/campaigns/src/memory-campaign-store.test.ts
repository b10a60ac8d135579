import { campaignStoreContract } from "./campaign-store.contract.ts";
import { MemoryCampaignStore } from "./memory-campaign-store.ts";

campaignStoreContract("in memory", async () => ({
  store: new MemoryCampaignStore(),
  addDevices: async () => {},
  packageId: "package-1",
  [Symbol.asyncDispose]: async () => {},
}));
