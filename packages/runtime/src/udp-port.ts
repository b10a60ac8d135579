import { createSocket, type Socket } from "node:dgram";
import { AddressBook, formatAddress } from "./address-book.ts";
import type { Address, DatagramPort } from "./datagram.ts";

export { formatAddress, parseAddress } from "./address-book.ts";

/**
 * Room for what arrives while the event loop is busy. The default of the system holds about 166 small datagrams;
 * this holds about 6,500. The kernel caps it at `net.core.rmem_max`.
 */
export const receiveBufferBytes = 4 * 1024 * 1024;

/** Longer datagrams are rare, and the ones that a system may refuse for their length. */
const ordinaryBytesMax = 1_400;
const portMax = 65_535;

export interface UdpPort extends DatagramPort {
  /**
   * Datagrams that the system refused to send (too long, buffer full, no route), among those it was asked about: one in
   * 32, and every long one. Counted, not thrown: UDP may lose anything.
   */
  readonly sendFailures: number;
  close(): Promise<void>;
}

/**
 * Binds a UDP socket. Rejects with the system's error (`EADDRINUSE`, `EACCES`) when it cannot.
 *
 * `host` is an IPv4 or IPv6 literal; `port` 0 picks a free one.
 */
export async function bindUdp({
  host,
  port,
  bufferBytes = receiveBufferBytes,
}: {
  host: string;
  port: number;
  bufferBytes?: number;
}): Promise<UdpPort> {
  const family = host.includes(":") ? "udp6" : "udp4";
  // Addresses are literals always, so the resolver has nothing to do; skipping it saves a trip through the thread pool.
  const socket: Socket = createSocket({
    type: family,
    lookup: (name, _options, callback) => callback(null, name, family === "udp6" ? 6 : 4),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, host, () => {
      socket.off("error", reject);
      resolve();
    });
  });
  try {
    socket.setRecvBufferSize(bufferBytes);
    socket.setSendBufferSize(bufferBytes);
  } catch {
    // A system that refuses the size keeps its own; more datagrams may then be lost under load, which CoAP repairs.
  }
  const addresses = new AddressBook();
  let sendFailures = 0;
  let sends = 0;
  let isClosed = false;
  // To be told of each datagram's fate costs a tenth of receiving and answering it, so only a sample is asked about.
  const countFailure = (error: Error | null) => {
    if (error) sendFailures++;
  };
  socket.on("error", countFailure);
  const bound = socket.address();
  return {
    address: formatAddress(bound.address, bound.port),
    get sendFailures() {
      return sendFailures;
    },
    send(to: Address, datagram: Uint8Array) {
      const { host: peerHost, port: peerPort } = addresses.parse(to);
      // An alarm may still ring after the port was closed; what it sends is as lost as any datagram may be. To a port that is none
      // the socket would not fail but throw.
      if (isClosed || !(peerPort > 0 && peerPort <= portMax)) {
        sendFailures++;
        return;
      }
      sends = (sends + 1) & 31;
      if (sends === 0 || datagram.length > ordinaryBytesMax) socket.send(datagram, peerPort, peerHost, countFailure);
      else socket.send(datagram, peerPort, peerHost);
    },
    onDatagram(listener) {
      socket.on("message", (datagram, from) => {
        // One datagram from the forged port 0, which nobody can be answered at, must not get as far as an answer.
        if (from.port > 0) listener(addresses.format(from.address, from.port), datagram);
      });
    },
    close: () => {
      isClosed = true;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}
