import { createPrivateKey, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import type { Address, DatagramPort } from "@lamplighter/runtime/datagram";
import { systemClock } from "@lamplighter/runtime/system-clock";
import type { Certificates } from "../src/certificates.ts";
import { certificateSuites, cipherSuites } from "../src/cipher-suite.ts";
import { DtlsClientPort } from "../src/client-port.ts";
import { offeredSuitesMax } from "../src/hello.ts";
import { hello } from "../test/attacker.ts";
import type { LightPapers } from "./orders.ts";

/** Sockets that the lights share, one light at a time on each. */
const socketsMax = 64;
const key = Buffer.from("a-key-of-16bytes");
const manySuites = Array.from({ length: offeredSuitesMax }, (_, index) => index);
const clock = systemClock();
let lightsMade = 0;

interface Line {
  readonly socket: Socket;
  heard: (datagram: Buffer) => void;
}

/** What the lights prove themselves with. */
export type ProvedBy = "psk" | "rpk" | "x509";

/** Lights that connect to a server on a port of this machine, and say things there. */
export async function manyLights(port: number, papers: LightPapers) {
  const privateKey = createPrivateKey(papers.privateKey);
  const trust = () => ({ identity: Buffer.from("the server") });
  const certificates: Record<Exclude<ProvedBy, "psk">, Certificates> = {
    rpk: { privateKey, trust, accepts: ["rpk"] },
    x509: { privateKey, trust, accepts: ["x509"], chain: papers.chain.map((one) => Buffer.from(one, "base64")) },
  };

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

  function connect(line: Line, by: ProvedBy): Promise<DtlsClientPort> {
    const isKey = by === "psk";
    return new Promise((resolve, reject) => {
      const client = new DtlsClientPort({
        port: portOf(line),
        server,
        clock,
        randomBytes: (count) => randomBytes(count),
        identity: Buffer.from(`light-${lightsMade++}`),
        key,
        suites: isKey ? [cipherSuites[0]] : certificateSuites,
        ...(!isKey && { certificates: certificates[by] }),
        connectionId: new Uint8Array(0),
        onConnected: () => resolve(client),
        onFailed: (why) => reject(new Error(`the handshake failed: ${why}`)),
      });
      client.connect();
    });
  }

  return {
    /** `count` full handshakes, one after the other on each line. */
    async handshakes(count: number, by: ProvedBy = "psk"): Promise<void> {
      let left = count;
      await Promise.all(
        lines.map(async (line) => {
          while (left-- > 0) await connect(line, by);
        }),
      );
    },
    /** `count` datagrams there and back, one under way on each line. */
    async echoes(count: number, bytes: number, { secure }: { readonly secure: boolean }): Promise<void> {
      const datagram = Buffer.alloc(bytes, 7);
      let left = count;
      await Promise.all(
        lines.map(async (line) => {
          const end: DatagramPort = secure ? await connect(line, "psk") : portOf(line);
          await new Promise<void>((resolve) => {
            const next = () => (left-- > 0 ? end.send(server, datagram) : resolve());
            end.onDatagram(next);
            next();
          });
        }),
      );
    },
    /**
     * `count` first hellos without a cookie, each of another light: what one who forges addresses sends; `long` ones offer as many
     * suites as we read. Returns its bytes and ours.
     */
    async forgedHellos(
      count: number,
      { long = false } = {},
    ): Promise<{ readonly sent: number; readonly answered: number }> {
      let left = count;
      let [sent, answered] = [0, 0];
      await Promise.all(
        lines.map(
          (line) =>
            new Promise<void>((resolve) => {
              const next = () => {
                if (left-- <= 0) return resolve();
                const datagram = hello(randomBytes(32), long ? { cipherSuites: manySuites } : {});
                sent += datagram.length;
                line.socket.send(datagram, port, "127.0.0.1");
              };
              line.heard = ({ length }) => {
                answered += length;
                next();
              };
              next();
            }),
        ),
      );
      return { sent, answered };
    },
    close() {
      for (const { socket } of lines) socket.close();
    },
  };
}
