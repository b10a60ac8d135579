import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { cipherSuites } from "../src/cipher-suite.ts";
import { DtlsClientPort } from "../src/client-port.ts";

/** Sockets that the lights share, one light at a time on each. */
const socketsMax = 64;
const key = Buffer.from("a-key-of-16bytes");
const clock = systemClock();
let lightsMade = 0;

interface Line {
  readonly socket: Socket;
  heard: (datagram: Buffer) => void;
}

/** Lights that connect to a server on a port of this machine, and say things there. */
export async function manyLights(port: number) {
  const server: Address = `127.0.0.1:${port}`;
  const lines: Line[] = [];
  for (let index = 0; index < socketsMax; index++) {
    const socket = createSocket({ type: "udp4", lookup: (name, _options, done) => done(null, name, 4) });
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const line: Line = { socket, heard: () => {} };
    socket.on("message", (datagram) => line.heard(datagram));
    lines.push(line);
  }

  function portOf(line: Line): DatagramPort {
    return {
      address: "light",
      send: (_, datagram) => line.socket.send(datagram, port, "127.0.0.1"),
      onDatagram: (listener) => {
        line.heard = (datagram) => listener(server, datagram);
      },
    };
  }

  function connect(line: Line): Promise<DtlsClientPort> {
    return new Promise((resolve, reject) => {
      const client = new DtlsClientPort({
        port: portOf(line),
        server,
        clock,
        randomBytes: (count) => randomBytes(count),
        identity: Buffer.from(`light-${lightsMade++}`),
        key,
        suites: [cipherSuites[0]],
        connectionId: new Uint8Array(0),
        onConnected: () => resolve(client),
        onFailed: (why) => reject(new Error(`the handshake failed: ${why}`)),
      });
      client.connect();
    });
  }

  return {
    /** `count` full handshakes, one after the other on each line. */
    async handshakes(count: number): Promise<void> {
      let left = count;
      await Promise.all(
        lines.map(async (line) => {
          while (left-- > 0) await connect(line);
        }),
      );
    },
    /** `count` datagrams there and back, one under way on each line. */
    async echoes(count: number, bytes: number, { secure }: { readonly secure: boolean }): Promise<void> {
      const datagram = Buffer.alloc(bytes, 7);
      let left = count;
      await Promise.all(
        lines.map(async (line) => {
          const end: DatagramPort = secure ? await connect(line) : portOf(line);
          await new Promise<void>((resolve) => {
            const next = () => (left-- > 0 ? end.send(server, datagram) : resolve());
            end.onDatagram(next);
            next();
          });
        }),
      );
    },
    close() {
      for (const { socket } of lines) socket.close();
    },
  };
}
