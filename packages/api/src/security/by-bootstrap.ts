import { bootstrapStore } from "../bootstrap/listener.ts";
import type { SignedIn } from "../context.ts";
import type { SecurityLightView } from "./view.ts";

/**
 * Whether a bootstrap would bring a light its new key: it must be registered to be told to ask, and what it is given must
 * hold the account whose key is the light's own.
 */
export async function rotationByBootstrap(
  { db, lights }: Pick<SignedIn, "db" | "lights">,
  endpoint: string,
): Promise<SecurityLightView["rotationByBootstrap"]> {
  const chosen = await bootstrapStore(db).configurationFor(endpoint);
  const gives = chosen?.configuration.security.some(
    ({ isBootstrapServer, credentials }) => !isBootstrapServer && credentials.mode === "psk-of-device",
  );
  if (!chosen) return { possible: false, why: "There is no bootstrap configuration for this light." };
  if (!gives) {
    return {
      possible: false,
      why: `The bootstrap configuration "${chosen.name}" does not bring lights their own keys.`,
    };
  }
  if (!lights.find(endpoint)) {
    return {
      possible: false,
      why: "The light is not registered now, so it cannot be told to ask its bootstrap server.",
    };
  }
  return { possible: true };
}
