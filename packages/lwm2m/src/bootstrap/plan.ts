import type { InstanceNode } from "../node.ts";
import { accessControlNode, securityNode, serverNode } from "./account-nodes.ts";
import type { BootstrapConfiguration } from "./configuration.ts";
import type { DiscoveredAccounts } from "./discovered.ts";

/** One thing that a bootstrap server asks of a device. */
export type BootstrapOperation =
  | { readonly kind: "discover"; readonly path: "/" | "/0" }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "write"; readonly object: 0 | 1 | 2; readonly node: InstanceNode }
  | { readonly kind: "read"; readonly object: 1 | 2 }
  | { readonly kind: "finish" };

/** An instance to be written, with its object. */
export type BootstrapWrite = Extract<BootstrapOperation, { kind: "write" }>;

/** The first instance of object 0 that is given away when a device does not say where its bootstrap account is: devices keep it at 0 or 1. */
export const blindInstance = 2;

/** Everything to be asked of a device after it was discovered, in order: deletes, writes, reads, finish. */
export function planBootstrap(
  configuration: BootstrapConfiguration,
  discovered: DiscoveredAccounts | undefined,
): BootstrapOperation[] {
  const writes = planWrites(configuration, discovered);
  return [
    ...configuration.deletions.map((path) => ({ kind: "delete", path }) as const),
    ...writes,
    ...([1, 2] as const)
      .filter((object) => writes.some((write) => write.object === object))
      .map((object) => ({ kind: "read", object }) as const),
    { kind: "finish" },
  ];
}

/**
 * Gives each account an instance number: the one that the device already uses for the same server, else the lowest free.
 *
 * The number of the device's bootstrap account goes to a bootstrap account alone. Without a Discover, server accounts
 * begin at {@link blindInstance}, and a bootstrap account is not written: nobody knows where it would have to go.
 */
export function planWrites(
  configuration: BootstrapConfiguration,
  discovered: DiscoveredAccounts | undefined,
): BootstrapWrite[] {
  const { security, servers, accessControl } = configuration;
  const bootstrapInstance = discovered?.bootstrapInstance;
  const securityNumbers = new Numbering(0, configuration, discovered);
  const serverNumbers = new Numbering(1, configuration, discovered);
  const accessNumbers = new Numbering(2, configuration, discovered);
  return [
    ...security.flatMap((account): BootstrapWrite[] => {
      if (!account.isBootstrapServer) {
        return [{ kind: "write", object: 0, node: securityNode(securityNumbers.take(account.shortServerId), account) }];
      }
      if (bootstrapInstance === undefined) return [];
      return [{ kind: "write", object: 0, node: securityNode(bootstrapInstance, account) }];
    }),
    ...servers.map(
      (account): BootstrapWrite => ({
        kind: "write",
        object: 1,
        node: serverNode(serverNumbers.take(account.shortServerId), account),
      }),
    ),
    ...accessControl.map(
      (entry): BootstrapWrite => ({ kind: "write", object: 2, node: accessControlNode(accessNumbers.take(), entry) }),
    ),
  ];
}

/** Hands out instance numbers of one object. */
class Numbering {
  readonly #taken = new Set<number>();
  readonly #byServer = new Map<number, number>();
  readonly #from: number;

  constructor(object: 0 | 1 | 2, { deletions }: BootstrapConfiguration, discovered: DiscoveredAccounts | undefined) {
    const isCleared = deletions.includes("/") || deletions.includes(`/${object}` as "/0");
    const knowsBootstrap = discovered?.bootstrapInstance !== undefined;
    this.#from = object === 0 && !knowsBootstrap ? blindInstance : 0;
    for (const found of discovered?.instances ?? []) {
      if (found.object !== object) continue;
      // What a delete leaves: the bootstrap account, and with it whatever else has no server named.
      if (isCleared && !(object === 0 && found.shortServerId === undefined)) continue;
      this.#taken.add(found.instance);
      if (found.shortServerId !== undefined) this.#byServer.set(found.shortServerId, found.instance);
    }
  }

  take(shortServerId?: number): number {
    const known = shortServerId === undefined ? undefined : this.#byServer.get(shortServerId);
    if (known !== undefined) return known;
    let number = this.#from;
    while (this.#taken.has(number)) number++;
    this.#taken.add(number);
    return number;
  }
}
