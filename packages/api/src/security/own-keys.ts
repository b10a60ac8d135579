import type { BootstrapConfiguration, SecurityAccount } from "@lamplighter/lwm2m/bootstrap/configuration";
import type { PreparedConfiguration } from "@lamplighter/lwm2m/bootstrap/server";
import type { ChosenConfiguration } from "@lamplighter/lwm2m/bootstrap/store";
import { keyForBootstrap } from "./change-credentials.ts";
import { isSecureMode } from "./credential-index.ts";
import type { SecurityStore } from "./security-store.ts";

/**
 * New keys that may wait for their first use while further ones are given in the clear: there who asks may make up names
 * without end, and each would leave a key behind. Beyond, only lights that ask over DTLS get keys.
 */
export const keysWaitingMax = 20_000;

/**
 * Puts a light's own keys into its configuration, for the moment that it is written.
 *
 * A key that travels in the clear is no secret from then on, and nobody would know: so a light that asks without
 * encryption is refused what holds keys, unless a person said for this configuration that it may be. The key that a light
 * uses is not told so under any configuration: who asks may be anybody, and needs no more than the light's name.
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
  const given = isSecure ? undefined : configuration.security.find((account) => hasKey(store, endpoint, account));
  if (given) {
    return { kind: "refuse", why: `${endpoint} has a key already, and is given none where everybody can read it.` };
  }
  if (!isSecure && store.index.waiting >= keysWaitingMax && !waits(store, endpoint, configuration)) {
    const many = keysWaitingMax.toLocaleString("en");
    return { kind: "refuse", why: `${many} new keys wait for their first use, so no more are given in the clear.` };
  }
  const security: SecurityAccount[] = [];
  for (const account of configuration.security) security.push(await withOwnKey(store, endpoint, account));
  const prepared: BootstrapConfiguration = { ...configuration, security };
  return { kind: "ready", chosen: { ...chosen, configuration: prepared } };
}

function hasKey({ index }: SecurityStore, endpoint: string, { isBootstrapServer, credentials }: SecurityAccount) {
  const active = index.active(endpoint, isBootstrapServer ? "bootstrap" : "server");
  return credentials.mode === "psk-of-device" && active !== undefined && isSecureMode(active.mode);
}

/** Whether all that a light would get is made already. */
function waits({ index }: SecurityStore, endpoint: string, { security }: BootstrapConfiguration): boolean {
  return security.every(
    ({ isBootstrapServer, credentials }) =>
      credentials.mode !== "psk-of-device" ||
      index.pending(endpoint, isBootstrapServer ? "bootstrap" : "server")?.mode === "psk",
  );
}

async function withOwnKey(store: SecurityStore, endpoint: string, account: SecurityAccount): Promise<SecurityAccount> {
  if (account.credentials.mode !== "psk-of-device") return account;
  const purpose = account.isBootstrapServer ? "bootstrap" : "server";
  const { identity, key } = await keyForBootstrap(store, endpoint, purpose);
  return { ...account, credentials: { mode: "psk", identity, key: Buffer.from(key).toString("hex") } };
}
