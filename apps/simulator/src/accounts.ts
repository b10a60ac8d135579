import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { decodeFactoryFile } from "@lamplighter/lwm2m/bootstrap/factory-file";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { decodeSmartcardFile } from "@lamplighter/lwm2m/bootstrap/smartcard-file";
import { MalformedInput } from "@lamplighter/lwm2m/malformed-input";
import type { ObjectNode } from "@lamplighter/lwm2m/node";
import { BadOption, type SimulatorOptions } from "./options.ts";

/** Objects 0, 1 and 2 that the lights come with; undefined when they have an account at `--server`. */
export interface GivenAccounts {
  readonly accounts: readonly ObjectNode[] | undefined;
  /** The light that a factory file is for. */
  readonly endpoint?: string;
}

/** What a factory, a card, or the address of a bootstrap server gives the lights. Throws {@link BadOption}. */
export async function accountsOf(
  options: Pick<SimulatorOptions, "bootstrap" | "provisioningFile">,
): Promise<GivenAccounts> {
  if (options.provisioningFile !== undefined) return readProvisioning(options.provisioningFile);
  if (!options.bootstrap) return { accounts: undefined };
  const { host, port } = options.bootstrap;
  const found = await lookup(host, 4).catch(() => {
    throw new BadOption(`--bootstrap: the name ${JSON.stringify(host)} leads to no IPv4 address.`);
  });
  const uri = `coap://${found.address}:${port}`;
  const security = [{ uri, isBootstrapServer: true, credentials: { mode: "no-sec" } as const }];
  return { accounts: provisionedObjects({ deletions: [], security, servers: [], accessControl: [] }) };
}

/** A file from the console: a factory's is JSON, a card's is not. */
function readProvisioning(file: string): GivenAccounts {
  try {
    const bytes = readFileSync(file);
    // A card's file begins with the number of its objects, two bytes.
    if (bytes[0] !== "{".charCodeAt(0)) return { accounts: decodeSmartcardFile(new Uint8Array(bytes)) };
    const { objects, endpoint } = decodeFactoryFile(bytes.toString("utf8"));
    return { accounts: objects, ...(endpoint !== undefined && { endpoint }) };
  } catch (error) {
    const why = error instanceof MalformedInput ? error.message : String((error as { code?: unknown }).code ?? error);
    throw new BadOption(`--provisioning: ${file} cannot be used (${why}).`);
  }
}
