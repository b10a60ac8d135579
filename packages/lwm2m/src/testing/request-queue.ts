import { TimingWheel } from "@lamplighter/coap/timing-wheel";
import type { Clock } from "@lamplighter/runtime/clock";
import { silentLog } from "@lamplighter/runtime/log";
import { seeded } from "@lamplighter/runtime/random";
import { MemoryQueuedRequestStore } from "../queue/memory-queued-request-store.ts";
import { RequestQueue, type RequestQueueOptions } from "../queue/request-queue.ts";

/** A queue by itself: the test says what its devices do. */
export function requestQueue(
  options: Pick<RequestQueueOptions, "listening" | "deliver" | "onChanged"> & { readonly clock: Clock },
): RequestQueue {
  return new RequestQueue({
    store: new MemoryQueuedRequestStore(),
    account: "default",
    wheel: new TimingWheel(options.clock),
    random: seeded(1),
    log: silentLog,
    ...options,
  });
}
