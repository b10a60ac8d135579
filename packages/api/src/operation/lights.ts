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
  | "observedPaths"
  | "cancelObservation"
>;
