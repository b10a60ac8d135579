import type { BootstrapConfiguration, SecurityAccount } from "@lamplighter/lwm2m/bootstrap/configuration";
import type { PreparedConfiguration } from "@lamplighter/lwm2m/bootstrap/server";
import type { ChosenConfiguration } from "@lamplighter/lwm2m/bootstrap/store";
import { keyForBootstrap } from "./change-credentials.ts";
import type { SecurityStore } from "./security-store.ts";

/**
 * Puts a light's own keys into its configuration, for the moment that it is written.
 *
 * A key that travels in the clear is no secret from then on, and nobody would know: so a light that asks without
 * encryption is refused what holds keys, unless a person said for this configuration that it may be.
 */
export async function withOwnKeys(
  store: SecurityStore,
  chosen: ChosenConfiguration,
  { endpoint, isSecure }: { readonly endpoint: string; readonly isSecure: boolean },
): Promise<PreparedConfiguration> {
  const { configuration } = chosen;
  const holdsKeys = configuration.security.some(({ credentials }) => credentials.mode !== "no-sec");
  if (!holdsKeys) return { kind: "ready", chosen };
  if (!isSecure && !configuration.handsOutKeysInTheClear) {
    return { kind: "refuse", why: "What this light would get holds keys, and it asked without encryption." };
  }
  const security: SecurityAccount[] = [];
  for (const account of configuration.security) security.push(await withOwnKey(store, endpoint, account));
  const prepared: BootstrapConfiguration = { ...configuration, security };
  return { kind: "ready", chosen: { ...chosen, configuration: prepared } };
}

async function withOwnKey(store: SecurityStore, endpoint: string, account: SecurityAccount): Promise<SecurityAccount> {
  if (account.credentials.mode !== "psk-of-device") return account;
  const purpose = account.isBootstrapServer ? "bootstrap" : "server";
  const { identity, key } = await keyForBootstrap(store, endpoint, purpose);
  return { ...account, credentials: { mode: "psk", identity, key: Buffer.from(key).toString("hex") } };
}
