import type { Address } from "./datagram.ts";

/** A host literal and a port, as the system's socket takes them. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** Writes `192.0.2.7:5683` or `[2001:db8::7]:5683`. */
export function formatAddress(host: string, port: number): Address {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Splits an address that {@link formatAddress} wrote. */
export function parseAddress(address: Address): HostAndPort {
  const colon = address.lastIndexOf(":");
  const host = address.startsWith("[") ? address.slice(1, colon - 1) : address.slice(0, colon);
  return { host, port: Number(address.slice(colon + 1)) };
}

/** Addresses remembered both ways. Beyond, the book starts anew: it only saves time. */
const addressesMax = 262_144;

/**
 * Writes and splits addresses, each once.
 *
 * The same peers send again and again. To build the string of an address per datagram costs little; to hash a new
 * string at every map that is keyed by it costs more, and a string that was kept has its hash already.
 */
export class AddressBook {
  readonly #written = new Map<number, Map<string, Address>>();
  readonly #split = new Map<Address, HostAndPort>();
  #size = 0;

  format(host: string, port: number): Address {
    const known = this.#written.get(port)?.get(host);
    if (known !== undefined) return known;
    const address = formatAddress(host, port);
    this.#makeRoom();
    let hosts = this.#written.get(port);
    if (!hosts) {
      hosts = new Map();
      this.#written.set(port, hosts);
    }
    hosts.set(host, address);
    this.#split.set(address, { host, port });
    this.#size++;
    return address;
  }

  parse(address: Address): HostAndPort {
    const known = this.#split.get(address);
    if (known) return known;
    const split = parseAddress(address);
    this.#makeRoom();
    this.#split.set(address, split);
    this.#size++;
    return split;
  }

  #makeRoom(): void {
    if (this.#size < addressesMax) return;
    this.#written.clear();
    this.#split.clear();
    this.#size = 0;
  }
}
