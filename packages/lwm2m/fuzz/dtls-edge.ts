import type { Certificates } from "@lamplighter/dtls/certificates";
import { DtlsClientPort } from "@lamplighter/dtls/client-port";
import { DtlsServerPort } from "@lamplighter/dtls/server-port";
import { rawLight, rawServer, x509Light, x509Server } from "@lamplighter/dtls/test/city";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { utf8 } from "../src/testing/bytes.ts";
import type { FuzzTarget } from "./measure.ts";

const serverAddress = "192.0.2.200:5684";
const lights = 8;
const betweenInputs = milliseconds(120);
/** Longer than any handshake is waited for. */
const untilGivenUp = milliseconds(150_000);
const key = utf8("0123456789abcdef");

/** Datagrams on their way in memory, one after the other; whoever sends while one is delivered waits for its turn. */
function wire() {
  const listeners = new Map<Address, (from: Address, datagram: Uint8Array) => void>();
  const underWay: { readonly from: Address; readonly to: Address; readonly datagram: Uint8Array }[] = [];
  return {
    underWay,
    bind: (address: Address): DatagramPort => ({
      address,
      send: (to, datagram) => void underWay.push({ from: address, to, datagram }),
      onDatagram: (listener) => void listeners.set(address, listener),
    }),
    deliver: (from: Address, to: Address, datagram: Uint8Array) => listeners.get(to)?.(from, datagram.slice()),
  };
}

/** A server, and lights of which one in four has a raw public key, one in four a certificate, the others a pre-shared key. */
function fleet(seed: number) {
  const clock = new FakeClock();
  const random = seeded(seed);
  const randomBytes = (count: number) => Uint8Array.from({ length: count }, () => Math.floor(random.next() * 256));
  const { bind, underWay, deliver } = wire();
  const certificates: Certificates = {
    ...x509Server,
    trust: (peer) => (peer.kind === "rpk" ? rawServer : x509Server).trust(peer),
  };
  const server = new DtlsServerPort({
    ...{ port: bind(serverAddress), clock, randomBytes, certificates },
    keyOf: (identity) => (identity[0] === 0x6c ? key : undefined),
  });
  server.onDatagram((from, datagram) => server.send(from, datagram));
  const clients = Array.from({ length: lights }, (_, index) => {
    const shown = [rawLight, x509Light][index % 4];
    const proof = shown ? { certificates: shown } : { identity: utf8(`light-${index}`), key };
    const address = `192.0.2.${index + 1}:5684`;
    const withId = index % 3 === 0 ? {} : { connectionId: new Uint8Array(index % 3) };
    const port = bind(address);
    return {
      address,
      port: new DtlsClientPort({ port, server: serverAddress, clock, randomBytes, ...proof, ...withId }),
    };
  });
  return { clock, random, server, clients, underWay, deliver };
}

/** Everything that a server and its lights say to each other when nobody comes between. */
function conversation(): Uint8Array[] {
  const { clients, clock, underWay, deliver } = fleet(23);
  const all: Uint8Array[] = [];
  for (let round = 0; round < 4; round++) {
    for (const { port } of clients) port.send(serverAddress, utf8(`round ${round}`));
    for (let next = underWay.shift(); next; next = underWay.shift()) {
      all.push(next.datagram);
      deliver(next.from, next.to, next.datagram);
    }
    clock.advance(betweenInputs);
    if (round === 2) for (const { port } of clients) port.disconnect({ sayGoodbye: true, keepSession: true });
  }
  return all;
}

/**
 * Both ends of DTLS at once: lights connect, speak, leave and come back, while inputs come in place of their datagrams, between
 * them, and from strangers, in both directions. So every state that a handshake can be in is met by what does not belong there.
 */
export function dtlsEdge(): FuzzTarget {
  const { clock, random, server, clients, underWay, deliver } = fleet(29);
  const oneOf = (count: number) => Math.floor(random.next() * count);
  return {
    fuzz: "DTLS edge",
    corpus: conversation(),
    take(input) {
      clock.advance(oneOf(100) === 0 ? untilGivenUp : betweenInputs);
      const { address, port } = clients[oneOf(lights)]!;
      if (oneOf(20) === 0) port.disconnect({ sayGoodbye: oneOf(2) === 0, keepSession: oneOf(2) === 0 });
      if (oneOf(4) === 0) port.send(serverAddress, utf8("a lamp in the fog"));
      const place = oneOf(4);
      if (place === 0) deliver(`203.0.113.${oneOf(200)}:9`, serverAddress, input);
      else if (place === 1) deliver(serverAddress, address, input);
      else deliver(address, serverAddress, input);
      // A bound: two who answer each other for ever would be a finding, and shows as datagrams left over.
      for (let passed = 0; underWay.length > 0; passed++) {
        if (passed > 2_000) throw new Error("the two ends answer each other without end");
        const { from, to, datagram } = underWay.shift()!;
        const isChanged = oneOf(30) === 0;
        deliver(from, to, isChanged ? input : datagram);
        // Who falls silent after something odd leaves what came of it to the server's alarms.
        if (isChanged && oneOf(3) === 0) underWay.length = 0;
      }
    },
    settle: async () => {
      for (let round = 0; round < 3; round++) await Promise.resolve();
    },
    end: async () => {
      server.stop();
      for (const { port } of clients) port.disconnect();
    },
  };
}
