import type { RequestQueue } from "@lamplighter/lwm2m/queue/request-queue";
import type { Lwm2mServer } from "@lamplighter/lwm2m/server";

/** What the API asks of the lights. The LwM2M server is one; a test puts a script there. */
export type Lights = Pick<
  Lwm2mServer,
  | "find"
  | "accept"
  | "deregister"
  | "read"
  | "write"
  | "execute"
  | "discover"
  | "create"
  | "delete"
  | "writeAttributes"
  | "observe"
  | "readComposite"
  | "writeComposite"
  | "observeComposite"
  | "observedPaths"
  | "cancelObservation"
  | "isAwake"
  | "wakefulness"
> & {
  /** What waits for lights in queue mode. */
  readonly queue: Pick<RequestQueue, "ask" | "cancel" | "list" | "waiting" | "forget">;
};
