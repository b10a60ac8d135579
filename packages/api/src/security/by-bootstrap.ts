import type { CredentialPurpose } from "@lamplighter/db/prisma-credential-store";
import { bootstrapStore } from "../bootstrap/listener.ts";
import type { SignedIn } from "../context.ts";
import { isSecureMode } from "./credential-index.ts";
import type { SecurityLightView } from "./view.ts";

/**
 * Whether a bootstrap would bring a light its new key: it must be registered to be told to ask, be able to ask over DTLS,
 * and what it is given must hold the account whose key is the light's own.
 */
export async function rotationByBootstrap(
  { db, lights, security }: Pick<SignedIn, "db" | "lights" | "security">,
  endpoint: string,
  purpose: CredentialPurpose = "server",
): Promise<SecurityLightView["rotationByBootstrap"]> {
  const chosen = await bootstrapStore(db).configurationFor(endpoint);
  const gives = chosen?.configuration.security.some(
    ({ isBootstrapServer, credentials }) =>
      isBootstrapServer === (purpose === "bootstrap") && credentials.mode === "psk-of-device",
  );
  if (!chosen) return { possible: false, why: "There is no bootstrap configuration for this light." };
  if (!gives) {
    return {
      possible: false,
      why: `The bootstrap configuration "${chosen.name}" does not bring lights their own keys for this.`,
    };
  }
  const asks = security.store.index.active(endpoint, "bootstrap");
  if (!asks || !isSecureMode(asks.mode)) {
    return {
      possible: false,
      why: "The light has no key for the bootstrap server, and the key that it uses is replaced over DTLS only.",
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
