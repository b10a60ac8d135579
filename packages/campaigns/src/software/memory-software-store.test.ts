import { MemorySoftwareStore } from "./memory-software-store.ts";
import { softwareStoreContract } from "./software-store.contract.ts";

softwareStoreContract(() => {
  const store = new MemorySoftwareStore();
  return { store, reopen: () => store };
});
