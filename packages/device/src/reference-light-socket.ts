import { type RemoteInfo, Socket } from "node:dgram";
import { dtls } from "node-dtls-client";
import type { LightProof } from "./secure-links.ts";

interface DtlsSocketOptions {
  readonly server: { readonly host: string; readonly port: number };
  readonly proof: LightProof;
  /** A handshake ended well. */
  readonly onHandshake: () => void;
}

/** node-dtls-client repeats no flight that was lost: the whole handshake is begun anew after this. */
const handshakeMilliseconds = 3_000;
const retryMilliseconds = 1_000;
/** Datagrams kept while there is no connection; beyond, the oldest is dropped, as UDP would. */
const waitingMax = 16;

/**
 * A socket for node-coap over node-dtls-client: two independent stacks, one on the other. It makes its connection anew when
 * that ends; it has no connection id, for node-dtls-client knows none. It is a `dgram` socket that is never bound, since
 * node-coap sends through nothing else.
 */
export class DtlsSocket extends Socket {
  readonly #options: DtlsSocketOptions;
  #connection: dtls.Socket | undefined;
  #isConnected = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  #waiting: Uint8Array[] = [];

  constructor(options: DtlsSocketOptions) {
    // The types know it as an emitter alone.
    super({ type: "udp4" } as never);
    this.#options = options;
    this.#connect();
  }

  // biome-ignore lint/suspicious/noExplicitAny: the six shapes in which a dgram socket is given what to send
  override send(datagram: any, ...more: any[]): void {
    const done = more.at(-1);
    const bytes = typeof more[0] === "number" && typeof more[1] === "number" && more.length >= 4;
    const part = bytes ? Buffer.from(datagram).subarray(more[0], more[0] + more[1]) : Buffer.from(datagram);
    if (this.#isConnected) this.#connection?.send(part);
    else {
      this.#waiting.push(part);
      if (this.#waiting.length > waitingMax) this.#waiting.shift();
    }
    if (typeof done === "function") process.nextTick(done, null, part.length);
  }

  override address(): { address: string; family: string; port: number } {
    return { address: "0.0.0.0", family: "IPv4", port: 0 };
  }

  override close(done?: () => void): this {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#drop();
    return super.close(done);
  }

  /** Gives the connection up, as a power cut does, and makes a new one. */
  renew(): void {
    this.#waiting = [];
    this.#drop();
    this.#connect();
  }

  #drop(): void {
    const connection = this.#connection;
    const wasConnected = this.#isConnected;
    this.#connection = undefined;
    this.#isConnected = false;
    if (!connection) return;
    connection.removeAllListeners();
    connection.on("error", () => {});
    // One that has not come so far as to open its port knows of nobody to say good-bye to.
    if (wasConnected) connection.close();
    else portOf(connection).close();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    if (this.#isClosed) return;
    const { server, proof, onHandshake } = this.#options;
    const connection = dtls.createSocket({
      type: "udp4",
      address: server.host,
      port: server.port,
      psk: { [Buffer.from(proof.identity).toString()]: Buffer.from(proof.key) },
      ciphers: ["TLS_PSK_WITH_AES_128_CCM_8"],
      timeout: handshakeMilliseconds,
    });
    this.#connection = connection;
    tolerateEnd(portOf(connection));
    const again = () => {
      if (this.#connection !== connection) return;
      this.#drop();
      this.#retry = setTimeout(() => this.#connect(), retryMilliseconds);
    };
    connection.on("connected", () => {
      if (this.#connection !== connection) return;
      this.#isConnected = true;
      onHandshake();
      for (const datagram of this.#waiting.splice(0)) connection.send(Buffer.from(datagram));
    });
    connection.on("message", (datagram: Buffer) => {
      const from: RemoteInfo = { address: server.host, port: server.port, family: "IPv4", size: datagram.length };
      this.emit("message", datagram, from);
    });
    connection.on("error", again);
    connection.on("close", again);
  }
}

/** The UDP port below a connection, which its types hide. */
function portOf(connection: dtls.Socket): Socket {
  return (connection as unknown as { readonly udp: Socket }).udp;
}

/**
 * Has a port that is closed lose what it is to send, and not throw. A connection that ended, by an alert or by a timeout,
 * goes on to say good-bye and to close, both after the fact and where nobody could catch what they throw.
 */
function tolerateEnd(port: Socket): void {
  const [send, close] = [port.send.bind(port), port.close.bind(port)];
  let isClosed = false;
  Object.assign(port, {
    send: (...what: Parameters<typeof send>) => {
      if (!isClosed) send(...what);
    },
    close(done?: () => void) {
      if (isClosed) return port;
      isClosed = true;
      return close(done);
    },
  });
}
