import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import type { Attempt, AttemptEffect, AttemptEvent } from "../firmware-attempt.ts";
import { beginAttempt, nextAttempt, updateResults } from "../firmware-update.ts";
import { utf8 } from "../testing/bytes.ts";
import { LockstepDevice, lockstep, numberOf, pathOf } from "../testing/lockstep.ts";
import { TestWorld } from "../testing/world.ts";
import { text } from "../value.ts";

const image = new Uint8Array(2_000).fill(7);
const name = "light-1";

/** What a wrong device says of its firmware, and does when it is asked for something. */
interface Firmware {
  state: number;
  result: number;
  version: string;
  readonly onPackage: (of: Firmware, isReset: boolean) => number;
  readonly onExecute: (of: Firmware) => number;
}

/** An attempt driven over the wire against a device that is played; `asked` is what reached the device. */
async function attemptOn(firmware: Partial<Firmware>) {
  const world = await TestWorld.started();
  const device = world.device();
  const asked: string[] = [];
  const of: Firmware = {
    ...{ state: 0, result: 0, version: "1.0" },
    onPackage: () => 0x44,
    onExecute: () => 0x44,
    ...firmware,
  };
  const said = (value: string | number) => ({ code: 0x45, contentFormat: 0, payload: utf8(String(value)) });
  const note = (what: string, code: number) => {
    asked.push(what);
    return { code };
  };
  device
    .on("GET /5/0/3", () => said(of.state))
    .on("GET /5/0/5", () => said(of.result))
    .on("GET /3/0/3", () => said(of.version))
    .on("PUT /5/0/1", () => note("uri", 0x44))
    .on("PUT /5/0/0", ({ payload }) => {
      const isReset = payload.length <= 1;
      return note(isReset ? "NUL package" : "package", of.onPackage(of, isReset));
    })
    .on("POST /5/0/2", () => note("execute", of.onExecute(of)));
  await device.register();
  const { server } = world;
  const begun = beginAttempt("2.0");
  const driven: { attempt: Attempt } = { attempt: begun.attempt };
  const number = async (path: string) => {
    const read = await server.read(name, path);
    if (read.kind !== "ok" || read.value.kind !== "single") throw new Error(`${path}: ${read.kind}`);
    return read.value.value.value;
  };
  const ended = (
    operation: "reset" | "push" | "execute",
    outcome: { readonly kind: string; readonly code?: string },
  ): AttemptEvent => {
    if (outcome.kind === "ok") return { kind: "answered", operation };
    return outcome.code === undefined
      ? { kind: "timed-out", operation }
      : { kind: "refused", operation, code: outcome.code };
  };
  const perform = async (effect: AttemptEffect): Promise<AttemptEvent | undefined> => {
    switch (effect.kind) {
      case "read": {
        const [state, result] = [Number(await number("/5/0/3")), Number(await number("/5/0/5"))];
        return { kind: "read", state, result, version: String(await number("/3/0/3")) };
      }
      case "reset":
        return ended(
          "reset",
          effect.by === "uri"
            ? await server.write(name, "/5/0/1", text(""))
            : await server.writeOpaque(name, "/5/0/0", Uint8Array.of(0)),
        );
      case "push":
        return ended("push", await server.writeOpaque(name, "/5/0/0", image));
      case "execute":
        return ended("execute", await server.execute(name, "/5/0/2"));
      default:
        return undefined;
    }
  };
  const run = async (effects: readonly AttemptEffect[]) => {
    for (const effect of effects) {
      const event = await perform(effect);
      if (event) await take(event);
    }
  };
  const take = async (event: AttemptEvent): Promise<void> => {
    const step = nextAttempt(driven.attempt, event);
    driven.attempt = step.attempt;
    await run(step.effects);
  };
  const happen = async (event: AttemptEvent) => {
    await world.settle(take(event));
    return driven.attempt;
  };
  await world.settle(run(begun.effects));
  return { world, device, of, asked, driven, happen };
}

test("12: a result left by an earlier update is not this one's, though the device ignores an empty address", async () => {
  const { asked, driven } = await attemptOn({
    result: 8,
    onPackage(of, isReset) {
      if (isReset) of.result = 0;
      else of.state = 2;
      return 0x44;
    },
  });
  expect(asked).toEqual(["uri", "NUL package", "package"]);
  expect(driven.attempt).toMatchObject({ phase: "downloaded" });
  expect(driven.attempt.failure).toBeUndefined();
});

test("12: a result that nothing clears is remembered, and read as nothing new", async () => {
  const { asked, driven } = await attemptOn({
    result: 5,
    onPackage(of, isReset) {
      if (!isReset) of.state = 2;
      return 0x44;
    },
  });
  expect(asked).toEqual(["uri", "NUL package", "package"]);
  expect(driven.attempt).toMatchObject({ phase: "downloaded", staleResult: 5 });
});

test("12: a package that arrived is not installed before the order, nor while the device still checks it", async () => {
  const { of, asked, driven, happen } = await attemptOn({
    onPackage(of) {
      of.state = 1;
      return 0x44;
    },
  });
  expect(driven.attempt.phase).toBe("confirming-download");
  expect((await happen({ kind: "install" })).phase).toBe("confirming-download");
  of.state = 2;
  expect((await happen({ kind: "poll" })).phase).toBe("downloaded");
  expect(asked).toEqual(["package"]);
  expect((await happen({ kind: "install" })).phase).toBe("awaiting-return");
  expect(asked).toEqual(["package", "execute"]);
});

test("12: idle is no success; the version that runs and the result decide, after the device registered anew", async () => {
  const { of, device, happen, driven } = await attemptOn({
    onPackage(of) {
      of.state = 2;
      return 0x44;
    },
    onExecute(of) {
      of.state = 0;
      return 0x44;
    },
  });
  await happen({ kind: "install" });
  expect((await happen({ kind: "poll" })).phase).toBe("awaiting-return");
  of.version = "2.0";
  expect((await happen({ kind: "poll" })).phase).toBe("awaiting-return");
  await device.register();
  expect((await happen({ kind: "registered" })).phase).toBe("verifying");
  of.result = 1;
  expect((await happen({ kind: "poll" })).phase).toBe("succeeded");
  expect(driven.attempt.failure).toBeUndefined();
});

test("12: a device that came back idle with its old version has rolled back, whatever it says of success", async () => {
  const { device, happen } = await attemptOn({
    onPackage(of) {
      of.state = 2;
      return 0x44;
    },
    onExecute(of) {
      of.state = 0;
      of.result = 1;
      return 0x44;
    },
  });
  await happen({ kind: "install" });
  await device.register();
  expect((await happen({ kind: "registered" })).phase).toBe("rolled-back");
});

test.each([
  [2, "failed"],
  [9, "failed"],
  [10, "failed"],
  [11, "deferred"],
  [12, "failed"],
  [255, "failed"],
])("12: result %i after the order is understood or refused, and breaks nothing: %s", async (result, phase) => {
  const { of, happen } = await attemptOn({
    onPackage(of) {
      of.state = 2;
      return 0x44;
    },
    onExecute(of) {
      of.state = 3;
      return 0x44;
    },
  });
  await happen({ kind: "install" });
  of.result = result;
  expect(await happen({ kind: "poll" })).toMatchObject({ phase });
});

test("12: what failed for good is not tried again, and what may pass is", () => {
  const retryable = Object.entries(updateResults).filter(([, meaning]) => meaning.retryable);
  expect(retryable.map(([result]) => Number(result))).toEqual(expect.arrayContaining([4]));
  for (const final of [6, 9]) expect(retryable.map(([result]) => Number(result))).not.toContain(final);
});

test("12: an execute whose answer never came is not sent again", async () => {
  const { asked, happen, device } = await attemptOn({
    onPackage(of) {
      of.state = 2;
      return 0x44;
    },
  });
  device.on("POST /5/0/2", () => {
    asked.push("execute");
    return undefined;
  });
  await happen({ kind: "install" });
  for (let round = 0; round < 5; round++) await happen({ kind: "poll" });
  await happen({ kind: "install" });
  expect(asked.filter((what) => what === "execute")).toHaveLength(1);
});

test("12: an address longer than the object may hold is not sent", async () => {
  const { server, device } = await lockstep();
  expect(await server.write(name, "/5/0/1", text(`coap://192.0.2.1/fw/${"a".repeat(255)}`))).toMatchObject({
    kind: "invalid",
  });
  expect(device.inbox).toEqual([]);
});

test("12: a device that takes ten minutes for its image gets all of it: no clock runs on the whole", async () => {
  const { server, device, world } = await lockstep();
  let acknowledged = 0;
  const push = server.writeOpaque(name, "/5/0/0", new Uint8Array(200 * 64), {
    blockSize: 64,
    onProgress: ({ bytesAcknowledged }) => {
      acknowledged = bytesAcknowledged;
    },
  });
  for (let block = 0; block < 200; block++) {
    const request = await device.next();
    expect(numberOf(request, 27)).toBe((block << 4) | (block < 199 ? 8 : 0) | 2);
    // It writes each block to its flash before it says anything.
    device.send({ type: 2, messageId: request.messageId });
    await world.pass(seconds(3));
    const isLast = block === 199;
    device.reply(request, {
      type: 0,
      messageId: 5_000 + block,
      code: isLast ? 0x44 : 0x5f,
      options: request.options.filter(({ number }) => number === 27),
    });
    // Our acknowledgement and the next block may come in either order.
    await world.pass(seconds(0.1));
    const acknowledgement = device.inbox.findIndex(({ type }) => type === 2);
    expect(device.inbox.splice(acknowledgement, 1)).toMatchObject([{ messageId: 5_000 + block }]);
  }
  expect(await world.settle(push)).toMatchObject({ kind: "ok" });
  expect(acknowledged).toBe(200 * 64);
});

test("12: a device that lost power in the middle of an image is offered the whole again, from its first block", async () => {
  const { server, device, world } = await lockstep();
  const push = server.writeOpaque(name, "/5/0/0", image, { blockSize: 512 });
  const first = await device.next();
  device.reply(first, { code: 0x5f, options: first.options.filter(({ number }) => number === 27) });
  expect(numberOf(await device.next(), 27)).toBe(0x1d);
  const back = new LockstepDevice(world, "192.0.2.7:61000");
  expect(await back.register()).toBe("2.01");
  expect((await world.settle(push)).kind).not.toBe("ok");
  void server.writeOpaque(name, "/5/0/0", image, { blockSize: 512 });
  const again = await back.next();
  expect([pathOf(again), numberOf(again, 27)]).toEqual(["/5/0/0", 0x0d]);
});
