import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { bindUdp, type UdpPort } from "@lamplighter/runtime/udp-port";

/** A UDP port that may become another one under its owner, as behind a NAT that gave the owner's place away. */
export interface RebindablePort extends DatagramPort {
  /** From here on it sends from, and hears at, another port of this machine. */
  rebind(): Promise<void>;
  close(): Promise<void>;
}

export async function bindRebindable(options: Parameters<typeof bindUdp>[0]): Promise<RebindablePort> {
  let listener: (from: Address, datagram: Uint8Array) => void = () => {};
  const open = async (): Promise<UdpPort> => {
    const port = await bindUdp(options);
    port.onDatagram((from, datagram) => listener(from, datagram));
    return port;
  };
  let port = await open();
  return {
    get address() {
      return port.address;
    },
    send: (to, datagram) => port.send(to, datagram),
    onDatagram(given) {
      listener = given;
    },
    async rebind() {
      const former = port;
      port = await open();
      await former.close();
    },
    close: () => port.close(),
  };
}
