import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { expect, test } from "vitest";
import { encodeMessage, fragmentsOf } from "../src/handshake-message.ts";
import { contentType } from "../src/record.ts";
import { plain } from "./attacker.ts";
import { hostileLight } from "./hostile-light.ts";
import { restartingWorld } from "./restarting-world.ts";
import { calm, seededBytes, serverAddress, text } from "./world.ts";

const seeds = 40;
const types = [...Object.values(contentType), 0, 99, 255];

test(`in ${seeds} worlds a light with a key does whatever it likes in whatever order, nothing is thrown, and another is served`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const world = restartingWorld({
      ...{ seed, savingMax: 60, failing: 0.1, nudge: () => text("ping"), answers: { ping: true } },
      conditions: { ...calm, delayMax: milliseconds(20), duplication: 0.1, loss: 0.05 },
    });
    const dice = seeded(seed * 31);
    const below = (count: number) => Math.floor(dice.next() * count);
    const bytes = seededBytes(seed);
    const honest = world.light("light-1");
    honest.say();
    while (honest.answers.length === 0 || world.disk.rows.size === 0) {
      await world.pass(1_000);
      honest.say();
    }
    for (let life = 0; life < 6; life++) {
      const at = `203.0.113.${seed}:${life}`;
      const hostile = hostileLight(
        { network: world.network, at, name: "light-2" },
        { randomBytes: seededBytes(seed * 100 + life), ...(below(2) === 0 && { connectionId: new Uint8Array(0) }) },
      );
      const elsewhere = world.network.bind(`198.51.100.${seed}:${life}`);
      hostile.begin();
      await world.pass(100);
      if (hostile.left().length === 0) continue;
      const said: Uint8Array[] = [];
      const acts: readonly (() => Uint8Array | undefined)[] = [
        () => hostile.sealed(types[below(types.length)]!, bytes(below(40))),
        () => hostile.sealed(contentType.alert, Uint8Array.of(below(4), below(120))),
        () =>
          hostile.sealed(
            contentType.handshake,
            bytes(12 + below(30))
              .with(1, 0)
              .with(2, 0),
          ),
        () => hostile.sealed(contentType.applicationData, bytes(below(1_300))),
        () => plain(types[below(types.length)]!, bytes(below(60)), { epoch: below(3), sequence: below(1_000) }),
        () => said[below(said.length + 1)],
        () => {
          const step = hostile.left()[below(3)]!;
          if (step.kind !== "message") return hostile.inClear(step);
          const pieces = fragmentsOf(step.message, 14 + below(20));
          const piece = below(2) === 0 ? encodeMessage(step.message) : pieces[below(pieces.length)]!;
          return below(2) === 0 ? hostile.sealed(contentType.handshake, piece) : plain(contentType.handshake, piece);
        },
        () => {
          const [first, second] = [said[below(said.length + 1)], said[below(said.length + 1)]];
          return first && second && Buffer.concat([first, second]);
        },
      ];
      for (let act = 0; act < 60; act++) {
        if (act === 20) hostile.finish();
        const datagram = acts[below(acts.length)]!();
        if (datagram) {
          said.push(datagram);
          if (below(4) === 0) elsewhere.send(serverAddress, datagram);
          else hostile.send(datagram);
        }
        if (below(3) === 0) await world.pass(5 * below(20));
      }
      if (below(3) === 0) world.restart();
    }
    await world.pass(2_000);
    honest.answers.length = 0;
    for (let tries = 0; tries < 6 && honest.answers.length === 0; tries++) {
      honest.say();
      await world.pass(3_000);
    }
    expect(honest.answers.length, `seed ${seed}`).toBeGreaterThan(0);
    expect(honest.client.handshakes, `seed ${seed}`).toBe(1);
  }
}, 60_000);
