import type { Registration } from "../registration.ts";

/** A registration for tests; whatever matters to one is overridden. */
export function registrationOf(different: Partial<Registration> = {}): Registration {
  return {
    id: "an-id",
    account: "default",
    endpoint: "light-1",
    version: "1.1",
    lifetimeSeconds: 300,
    binding: "U",
    queueMode: false,
    address: "192.0.2.7:5683",
    rootPath: [],
    objects: [{ object: 3, instances: [0] }],
    contentFormats: [],
    attributes: {},
    registeredAt: 1_000,
    lastSeenAt: 1_000,
    expiresAt: 301_000,
    pending: false,
    ...different,
  };
}
