import type { PrismaClient } from "@lamplighter/db/generated/client";
import { checkConfiguration } from "@lamplighter/lwm2m/bootstrap/check-configuration";
import type { BootstrapConfiguration } from "@lamplighter/lwm2m/bootstrap/configuration";
import type { Actor } from "../context.ts";
import { visibleGroup } from "../group/view.ts";
import { may } from "../permissions.ts";
import { Problem } from "../problem.ts";
import type { Scope } from "../visible-to.ts";
import type { BootstrapTarget } from "./input.ts";

/**
 * Refuses what a device would be lost with; names the first thing that is wrong, and how many more there are. Whether keys
 * may travel in the clear is for those to say who may give keys.
 */
export function judgeConfiguration(configuration: BootstrapConfiguration, { role }: Pick<Actor, "role">): void {
  if (configuration.handsOutKeysInTheClear && !may(role, "security.write")) {
    throw new Problem(
      "forbidden",
      `Your role "${role}" does not include "security.write", so your configurations do not hand out keys in the clear.`,
    );
  }
  const [first, ...more] = checkConfiguration(configuration);
  if (!first) return;
  const others = more.length === 0 ? "" : ` (${more.length} more to mend.)`;
  throw new Problem("invalid-input", `${first.at}: ${first.why}${others}`);
}

/** Refuses a name or a target that another configuration has. */
export async function refuseTaken(
  db: PrismaClient,
  scope: Scope,
  wanted: { readonly id?: string; readonly name: string; readonly target: BootstrapTarget },
): Promise<void> {
  const { id, name, target } = wanted;
  const others = id === undefined ? {} : { id: { not: id } };
  if (await db.bootstrapConfiguration.findFirst({ where: { AND: [others, { name }] } })) {
    throw new Problem(
      "name-taken",
      `There is a bootstrap configuration called "${name}" already. Choose another name.`,
    );
  }
  if (target.kind === "group") await visibleGroup(db, scope.groups, target.groupId);
  const same = await db.bootstrapConfiguration.findFirst({ where: { AND: [others, columnsOf(target)] } });
  if (same) {
    const whom =
      target.kind === "default" ? "everybody else" : target.kind === "group" ? "this group" : target.endpoint;
    throw new Problem("in-use", `"${same.name}" is for ${whom} already. Change that one, or choose another target.`);
  }
}

/** A target as it is stored. */
export function columnsOf(target: BootstrapTarget) {
  return {
    targetKind: target.kind,
    endpoint: target.kind === "device" ? target.endpoint : null,
    groupId: target.kind === "group" ? target.groupId : null,
  };
}
