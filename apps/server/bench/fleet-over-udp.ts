import { createSocket, type Socket } from "node:dgram";

/** Sockets of the fleet; many lights share one, as behind a gateway. Message ids are per socket and are not used twice in 247 s. */
const socketsMax = 64;

export interface Latencies {
  readonly sent: number;
  readonly unanswered: number;
  readonly wrong: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The 99th percentile of each second, and of those the median: a second that another program took away counts as one. */
  readonly p99MsOfSeconds: number;
  readonly perSecond: number;
}

/** Lights that register and update over UDP, as many datagrams under way as asked for, or as many a second. */
export async function fleetOverUdp(serverPort: number) {
  const sockets: Socket[] = [];
  const messageIds = new Uint16Array(socketsMax);
  /** By socket and message id: what waits for its answer. */
  const waiting = new Map<number, { readonly at: number; readonly light: number }>();
  const places: string[] = [];
  let answered: (light: number, code: number, milliseconds: number) => void = () => {};

  for (let index = 0; index < socketsMax; index++) {
    const socket = createSocket({ type: "udp4", lookup: (name, _options, done) => done(null, name, 4) });
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    socket.setRecvBufferSize(4 * 1024 * 1024);
    socket.on("message", (datagram) => {
      const key = index * 65_536 + datagram.readUInt16BE(2);
      const asked = waiting.get(key);
      // An empty acknowledgement promises an answer; the answer itself is what counts.
      if (!asked || datagram[1] === 0) return;
      waiting.delete(key);
      const milliseconds = performance.now() - asked.at;
      if (datagram[1] === 0x41) places[asked.light] = placeIn(datagram);
      answered(asked.light, datagram[1]!, milliseconds);
    });
    sockets.push(socket);
  }

  function send(light: number, bytes: (messageId: number) => Buffer): void {
    const index = light % socketsMax;
    messageIds[index] = messageIds[index]! + 1;
    const messageId = messageIds[index]!;
    waiting.set(index * 65_536 + messageId, { at: performance.now(), light });
    sockets[index]!.send(bytes(messageId), serverPort, "127.0.0.1");
  }

  const register = (light: number) => send(light, (id) => registerMessage(id, light));
  const update = (light: number) => send(light, (id) => updateMessage(id, places[light]!));

  function result(sent: number, wrong: number, durations: readonly number[], begun: number): Latencies {
    const sorted = durations.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 100) / 100;
    const elapsed = (performance.now() - begun) / 1_000;
    const unanswered = sent - durations.length - wrong;
    const size = Math.ceil(durations.length / Math.max(1, Math.round(elapsed)));
    const seconds = Array.from({ length: Math.ceil(durations.length / size) }, (_, second) => {
      const part = durations.slice(second * size, (second + 1) * size).sort((a, b) => a - b);
      return part[Math.floor(part.length * 0.99)] ?? 0;
    }).sort((a, b) => a - b);
    const p99MsOfSeconds = seconds[seconds.length >> 1] ?? 0;
    const perSecond = Math.round(sent / elapsed);
    return { sent, unanswered, wrong, p50Ms: at(0.5), p99Ms: at(0.99), p99MsOfSeconds, perSecond };
  }

  /** `count` of them, `window` under way at once: as fast as they are answered. */
  function closed(what: "register" | "update", count: number, { lights, window }: { lights: number; window: number }) {
    const one = what === "register" ? register : update;
    const good = what === "register" ? 0x41 : 0x44;
    const begun = performance.now();
    const durations: number[] = [];
    let sent = 0;
    let wrong = 0;
    return new Promise<Latencies>((resolve) => {
      let seen = 0;
      let idle = setTimeout(() => {}, 0);
      const finish = () => {
        clearTimeout(idle);
        waiting.clear();
        resolve(result(sent, wrong, durations, begun));
      };
      // What is lost stays lost here: nothing is sent again, so that a loss is seen.
      const watch = () => {
        clearTimeout(idle);
        idle = setTimeout(finish, 5_000);
      };
      answered = (_light, code, milliseconds) => {
        if (code === good) durations.push(milliseconds);
        else wrong++;
        if (++seen % 1_000 === 0) watch();
        if (sent < count) one(sent++ % lights);
        else if (seen === count) finish();
      };
      watch();
      for (let index = 0; index < Math.min(window, count); index++) one(sent++ % lights);
    });
  }

  /** So many a second for so many seconds, whether they are answered or not. */
  function open(perSecond: number, seconds: number, lights: number) {
    const begun = performance.now();
    const durations: number[] = [];
    const count = Math.round(perSecond * seconds);
    let sent = 0;
    let wrong = 0;
    return new Promise<Latencies>((resolve) => {
      answered = (_light, code, milliseconds) => {
        if (code === 0x44) durations.push(milliseconds);
        else wrong++;
      };
      const turn = () => {
        const due = Math.min(count, ((performance.now() - begun) / 1_000) * perSecond);
        while (sent < due) update(sent++ % lights);
        // Sleeps in between: a generator that spins would take a core from what it measures.
        if (sent < count) setTimeout(turn, 1);
        else setTimeout(() => resolve(result(sent, wrong, durations, begun)), 3_000);
      };
      turn();
    });
  }

  return {
    closed,
    open,
    end() {
      for (const socket of sockets) socket.close();
    },
  };
}

function option(delta: number, value: Buffer): Buffer {
  const length = value.length;
  return length < 13
    ? Buffer.concat([Buffer.of((delta << 4) | length), value])
    : Buffer.concat([Buffer.of((delta << 4) | 13, length - 13), value]);
}

function registerMessage(messageId: number, light: number): Buffer {
  return Buffer.concat([
    Buffer.of(0x40, 0x02, messageId >> 8, messageId & 255),
    option(11, Buffer.from("rd")),
    option(1, Buffer.of(40)),
    option(3, Buffer.from(`ep=urn:dev:bench-${light}`)),
    ...["lt=86400", "lwm2m=1.1", "b=U"].map((text) => option(0, Buffer.from(text))),
    Buffer.of(0xff),
    Buffer.from('</>;rt="oma.lwm2m";ct="110 112",</1/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</3416/0>'),
  ]);
}

function updateMessage(messageId: number, place: string): Buffer {
  return Buffer.concat([
    Buffer.of(0x40, 0x02, messageId >> 8, messageId & 255),
    option(11, Buffer.from("rd")),
    option(0, Buffer.from(place)),
  ]);
}

/** The second Location-Path of a 2.01: `/rd/<place>`. */
function placeIn(datagram: Buffer): string {
  const first = 4 + (datagram[0]! & 15);
  const second = first + 1 + (datagram[first]! & 15);
  const head = datagram[second]! & 15;
  const [at, length] = head < 13 ? [second + 1, head] : [second + 2, 13 + datagram[second + 1]!];
  return datagram.toString("latin1", at, at + length);
}
