import type { Address, DatagramPort } from "./datagram.ts";

/** How the name of a peer begins whose datagrams came protected. No UDP address begins so. */
export const securePrefix = "dtls:";

/** Whether a peer's name says that it proved who it is. */
export function isSecure(peer: Address): boolean {
  return peer.startsWith(securePrefix);
}

/**
 * Makes one port of two: datagrams in the clear, and those of proved peers. What stands above serves both kinds alike.
 *
 * Whom a datagram is for decides how it goes: a name `dtls:…` never leaves in the clear, whatever happens to its
 * connection, and an address never through DTLS. {@link DatagramPort.address} is that of the plain port.
 */
export function joinPorts({ plain, secure }: { plain: DatagramPort; secure: DatagramPort }): DatagramPort {
  return {
    get address() {
      return plain.address;
    },
    send(to, datagram) {
      if (isSecure(to)) secure.send(to, datagram);
      else plain.send(to, datagram);
    },
    onDatagram(listener) {
      plain.onDatagram(listener);
      secure.onDatagram(listener);
    },
  };
}
