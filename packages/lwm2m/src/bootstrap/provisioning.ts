import { type InstanceNode, type ObjectNode, object } from "../node.ts";
import type { BootstrapConfiguration } from "./configuration.ts";
import type { DiscoveredAccounts } from "./discovered.ts";
import { planWrites } from "./plan.ts";

/**
 * The account objects of a device that holds nothing yet: what a factory or a card gives it (OMA TS Core 1.1 §6.1.4).
 *
 * A bootstrap account gets instance 0 of object 0, servers the numbers after it.
 */
export function provisionedObjects(configuration: BootstrapConfiguration): readonly ObjectNode[] {
  const hasBootstrap = configuration.security.some(({ isBootstrapServer }) => isBootstrapServer);
  return objectsGiven(configuration, hasBootstrap ? [0] : []);
}

/**
 * The account objects for a device whose bootstrap account is in one of the instances `taken` of object 0.
 * With none named, servers are numbered from 0.
 */
export function objectsGiven(configuration: BootstrapConfiguration, taken: readonly number[]): readonly ObjectNode[] {
  const discovered: DiscoveredAccounts = {
    // No configuration reaches so far: it stands for "nowhere".
    bootstrapInstance: taken[0] ?? 65_534,
    instances: taken.map((instance) => ({ object: 0, instance })),
  };
  const byObject = new Map<number, InstanceNode[]>();
  for (const { object: id, node } of planWrites({ ...configuration, deletions: [] }, discovered)) {
    byObject.set(id, [...(byObject.get(id) ?? []), node]);
  }
  return [...byObject].map(([id, instances]) => object(id, instances));
}
