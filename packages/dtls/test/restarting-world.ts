import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { SealedBox } from "@lamplighter/runtime/sealed-box";
import { FakeClock } from "@lamplighter/simulation/fake-clock";
import { type Conditions, fakeNetwork } from "@lamplighter/simulation/fake-network";
import { DtlsClientPort } from "../src/client-port.ts";
import { decodeRecords } from "../src/record.ts";
import { sendAhead } from "../src/reserve.ts";
import type { DtlsEvent } from "../src/server-options.ts";
import { DtlsServerPort } from "../src/server-port.ts";
import { SessionKeeper } from "../src/session-keeper.ts";
import type { DtlsSessionStore, SessionBatch, StoredSession } from "../src/session-store.ts";
import { keyOfLight, seededBytes, serverAddress, text } from "./world.ts";

const ahead = { sendBelow: sendAhead, acceptedBelow: 0 };

export interface RestartingOptions {
  readonly seed: number;
  readonly conditions: Conditions;
  /** Chance that a save fails, half of the time after it was stored. */
  readonly failing?: number;
  /** The longest that a save takes, in milliseconds. */
  readonly savingMax?: number;
  readonly keyOf?: (identity: string) => Uint8Array | undefined;
  readonly boxKey?: () => Uint8Array;
  readonly nudge?: () => Uint8Array;
  /** Length of the connection ids that lights have themselves called by. */
  readonly cidBytes?: number;
  /** Words that lights answer by themselves. */
  readonly answers?: Readonly<Record<string, boolean>>;
}

/** What survives the server: its rows. Saves take their time, may fail, and are cut short by a kill. */
export class Disk {
  readonly rows = new Map<string, StoredSession>();
  isAway = false;

  apply({ put, progress, remove }: SessionBatch): void {
    for (const row of put) this.rows.set(row.name, row);
    for (const row of progress) {
      const known = this.rows.get(row.name);
      if (known) this.rows.set(row.name, { ...known, ...row });
    }
    for (const name of remove) this.rows.delete(name);
  }

  takeUp(): readonly StoredSession[] {
    const stored = [...this.rows.values()];
    for (const row of stored) {
      const { sendBelow, acceptedBelow } = row;
      const raised = { sendBelow: sendBelow + ahead.sendBelow, acceptedBelow: acceptedBelow + ahead.acceptedBelow };
      this.rows.set(row.name, { ...row, ...raised });
    }
    return stored;
  }
}

/** A server that is killed and started again, and lights that know nothing of it. The server sends back what it hears. */
export function restartingWorld({ seed, conditions, failing = 0, savingMax = 30, ...given }: RestartingOptions) {
  const clock = new FakeClock();
  const dice = seeded(seed);
  const network = fakeNetwork(clock, seeded(seed + 1), conditions);
  const disk = new Disk();
  const keyOf = given.keyOf ?? ((identity) => (identity.startsWith("light-") ? keyOfLight : undefined));
  /** How often each word was heard, over all lives of the server. */
  const heard = new Map<string, number>();
  /** Sequence numbers that left the server, by the address they went to. */
  const sent = new Map<string, number[]>();
  /** What lights sent: whoever is on the way may have kept it, and may send it again at any time. */
  const recorded: { readonly from: string; readonly datagram: Uint8Array }[] = [];
  network.watch(({ from, to, datagram }) => {
    if (from !== serverAddress) {
      recorded.push({ from, datagram });
      return;
    }
    for (const { epoch, sequence } of decodeRecords(datagram, given.cidBytes ?? 0)) {
      if (epoch === 1) sent.set(to, [...(sent.get(to) ?? []), sequence]);
    }
  });

  let lives = 0;
  let hear: (from: string, datagram: Uint8Array) => void = () => {};
  function start() {
    let isDead = false;
    const saving = new Set<SessionBatch>();
    const store: DtlsSessionStore = {
      takeUp: async () => disk.takeUp(),
      save: (batch) =>
        new Promise((resolve, reject) => {
          saving.add(batch);
          const fate = dice.next();
          clock.after(milliseconds(dice.next() * savingMax), () => {
            if (isDead) return;
            saving.delete(batch);
            if (fate >= failing / 2 && !disk.isAway) disk.apply(batch);
            if (fate < failing || disk.isAway) reject(new Error("the database is away"));
            else resolve();
          });
        }),
    };
    const box = new SealedBox({ key: given.boxKey?.() ?? new Uint8Array(32).fill(9), randomBytes: seededBytes(seed) });
    const keeper = new SessionKeeper({ store, box, clock });
    const events: DtlsEvent[] = [];
    const port = network.bind(serverAddress);
    const server = new DtlsServerPort({
      port: {
        ...port,
        send: (to, datagram) => (isDead ? undefined : port.send(to, datagram)),
        onDatagram(listener) {
          hear = (from, datagram) => (isDead ? undefined : listener(from, datagram));
          port.onDatagram(listener);
        },
      },
      clock,
      randomBytes: seededBytes(seed * 1_000 + ++lives),
      keyOf: (identity) => keyOf(Buffer.from(identity).toString()),
      sessions: keeper,
      ...(given.nudge && { nudge: given.nudge }),
      onEvent: (event) => events.push(event),
    });
    server.onDatagram((from, datagram) => {
      const words = Buffer.from(datagram).toString();
      heard.set(words, (heard.get(words) ?? 0) + 1);
      server.send(from, datagram);
    });
    const restored = server.restore(disk.takeUp(), box, ahead);
    return {
      server,
      keeper,
      events,
      restored,
      /** As kill -9 does: what was being stored is stored or not. */
      kill() {
        isDead = true;
        server.stop();
        for (const batch of saving) if (dice.next() < 0.5) disk.apply(batch);
        network.unbind(serverAddress);
      },
      /** As a stop in order does. */
      async stop() {
        let isDone = false;
        const stopped = keeper.stop().then(() => {
          isDone = true;
        });
        while (!isDone) await pass(10);
        await stopped;
        isDead = true;
        server.stop();
        network.unbind(serverAddress);
      },
    };
  }
  let running = start();

  function light(name: string) {
    const answers: string[] = [];
    const address = `10.0.0.${lightCount + 1}:5684`;
    const client = new DtlsClientPort({
      port: network.bind(address),
      server: serverAddress,
      clock,
      randomBytes: seededBytes(seed * 77_000 + ++lightCount),
      identity: text(name),
      key: keyOfLight,
      connectionId: new Uint8Array(),
    });
    client.onDatagram((_, datagram) => {
      const heard = Buffer.from(datagram).toString();
      if (given.answers?.[heard]) client.send(serverAddress, text(`${name} answers ${++words}`));
      else answers.push(heard);
    });
    let words = 0;
    return {
      name,
      client,
      answers,
      address,
      /** Says something it never said before. */
      say(): string {
        const saying = `${name} ${++words}`;
        client.send(serverAddress, text(saying));
        return saying;
      },
    };
  }
  let lightCount = 0;

  async function pass(span: number): Promise<void> {
    for (let passed = 0; passed < span; passed += 5) {
      clock.advance(milliseconds(5));
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    }
  }

  return {
    clock,
    dice,
    network,
    disk,
    heard,
    sent,
    light,
    pass,
    running: () => running,
    /** Sends the last that lights sent once more, as an attacker does who kept it. Returns how many bytes that is. */
    replay(count: number): number {
      const replayed = recorded.slice(-count);
      for (const { from, datagram } of replayed) hear(from, datagram.slice());
      return replayed.reduce((bytes, { datagram }) => bytes + datagram.length, 0);
    },
    restart() {
      running.kill();
      running = start();
      return running;
    },
    /** The server is gone until {@link comeBack}. */
    goAway: () => running.kill(),
    async stopInOrder() {
      await running.stop();
      running = start();
      return running;
    },
    comeBack() {
      running = start();
      return running;
    },
  };
}
