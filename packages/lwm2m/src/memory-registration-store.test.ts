import { describe } from "vitest";
import { MemoryRegistrationStore } from "./memory-registration-store.ts";
import { registrationStoreContract } from "./registration-store.contract.ts";

describe("the store in memory", () => registrationStoreContract(() => ({ store: new MemoryRegistrationStore() })));
