import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import type { Credentials } from "@lamplighter/lwm2m/bootstrap/configuration";
import { decodeFactoryFile } from "@lamplighter/lwm2m/bootstrap/factory-file";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { decodeSmartcardFile } from "@lamplighter/lwm2m/bootstrap/smartcard-file";
import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import type { ObjectNode } from "@lamplighter/lwm2m/node";
import type { LightKeys } from "./keys.ts";
import { BadOption, type SimulatorOptions } from "./options.ts";

export interface GivenAccounts {
  /** Objects 0, 1 and 2 that a light comes with; undefined when all have an account at `--server`. */
  readonly accountsFor: ((endpoint: string) => readonly ObjectNode[]) | undefined;
  /** The light that a factory file is for. */
  readonly endpoint?: string;
}

/** What a factory, a card, or the address of a bootstrap server gives the lights. Throws {@link BadOption}. */
export async function accountsOf(
  options: Pick<SimulatorOptions, "bootstrap" | "provisioningFile">,
  keys?: LightKeys["bootstrap"],
): Promise<GivenAccounts> {
  if (options.provisioningFile !== undefined) return readProvisioning(options.provisioningFile);
  if (!options.bootstrap) return { accountsFor: undefined };
  const { host, port, isSecure } = options.bootstrap;
  const found = await lookup(host, 4).catch(() => {
    throw new BadOption(`--bootstrap: the name ${JSON.stringify(host)} leads to no IPv4 address.`);
  });
  const uri = `${isSecure ? "coaps" : "coap"}://${found.address}:${port}`;
  const accountWith = (credentials: Credentials) =>
    provisionedObjects({
      ...{ deletions: [], servers: [], accessControl: [] },
      security: [{ uri, isBootstrapServer: true, credentials }],
    });
  if (!isSecure) {
    const account = accountWith({ mode: "no-sec" });
    return { accountsFor: () => account };
  }
  return {
    accountsFor(endpoint) {
      const proof = keys?.get(endpoint);
      if (!proof) throw new BadOption(`--bootstrap: ${endpoint} has no key of purpose "bootstrap" in --keys.`);
      return accountWith({ mode: "psk", identity: proof.identity, key: Buffer.from(proof.key).toString("hex") });
    },
  };
}

/** A file from the console: a factory's is JSON, a card's is not. */
function readProvisioning(file: string): GivenAccounts {
  try {
    const bytes = readFileSync(file);
    // A card's file begins with the number of its objects, two bytes.
    if (bytes[0] !== "{".charCodeAt(0)) return same(decodeSmartcardFile(new Uint8Array(bytes)));
    const { objects, endpoint } = decodeFactoryFile(bytes.toString("utf8"));
    return { ...same(objects), ...(endpoint !== undefined && { endpoint }) };
  } catch (error) {
    const why = error instanceof MalformedInput ? error.message : String((error as { code?: unknown }).code ?? error);
    throw new BadOption(`--provisioning: ${file} cannot be used (${why}).`);
  }
}

const same = (objects: readonly ObjectNode[]): GivenAccounts => ({ accountsFor: () => objects });
