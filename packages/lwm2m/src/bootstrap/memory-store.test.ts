import { describe } from "vitest";
import { MemoryBootstrapStore } from "./memory-store.ts";
import { bootstrapStoreContract } from "./store.contract.ts";

describe("the bootstrap store in memory", () => {
  bootstrapStoreContract(async () => {
    const store = new MemoryBootstrapStore();
    return {
      store,
      configure: async (target, name, configuration) => {
        const chosen = { id: name, name, configuration };
        if (target.kind === "device") store.devices.set(target.endpoint, chosen);
        else if (target.kind === "group") store.groups.push({ members: new Set(target.members), chosen });
        else store.byDefault = chosen;
      },
      recordsOf: async (endpoint) => store.records.filter((record) => record.endpoint === endpoint),
    };
  });
});
