import { describe } from "vitest";
import { MemoryQueuedRequestStore } from "./memory-queued-request-store.ts";
import { queuedRequestStoreContract } from "./queued-request-store.contract.ts";

describe("the queue's store in memory", () =>
  queuedRequestStoreContract(() => ({ store: new MemoryQueuedRequestStore() })));
