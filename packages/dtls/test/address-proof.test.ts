import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { unprovedLimits } from "../src/address-proof.ts";
import { contentType } from "../src/record.ts";
import { lightAddress, stranger } from "./attacker.ts";
import { hostileLight } from "./hostile-light.ts";
import { seededBytes, serverAddress, text, world } from "./world.ts";

const longAnswer = new Uint8Array(1_100);

/** A connected light with a connection id, of a server that answers with much, and asks at new addresses whether it is heard. */
async function wandering() {
  const random = seededBytes(77);
  const challenges: Uint8Array[] = [];
  const it = world({
    server: {
      nudge: () => {
        const challenge = Uint8Array.of(0x40, 0, ...random(2));
        challenges.push(challenge);
        return challenge;
      },
      isNudgeAnswer: (nudge, datagram) => datagram[0] === 0x70 && datagram[2] === nudge[2] && datagram[3] === nudge[3],
    },
  });
  it.server.onDatagram((from, datagram) => {
    it.heard.push({ from, words: new TextDecoder().decode(datagram) });
    if (datagram[0] !== 0x70) it.server.send(from, longAnswer);
  });
  const light = hostileLight({ network: it.network, at: lightAddress }, { connectionId: new Uint8Array(0) });
  light.begin();
  await it.pass(100);
  light.finish();
  await it.pass(100);
  expect(it.server.connections).toBe(1);
  const there = it.network.bind(stranger);
  const got: Uint8Array[] = [];
  there.onDatagram((_, datagram) => got.push(datagram));
  let sent = 0;
  const fromThere = (content: Uint8Array) => {
    const datagram = light.sealed(contentType.applicationData, content);
    sent += datagram.length;
    there.send(serverAddress, datagram);
  };
  const answerTo = (challenge: Uint8Array) => challenge.with(0, 0x70);
  const longOnes = () => got.filter(({ length }) => length > longAnswer.length).length;
  const bytesGot = () => got.reduce((bytes, { length }) => bytes + length, 0);
  return { ...it, light, challenges, got, longOnes, bytesGot, sent: () => sent, fromThere, answerTo };
}

test("a light that writes from a forged address turns little more against it than it sent itself", async () => {
  const { fromThere, bytesGot, sent, pass, heard } = await wandering();
  for (let asked = 0; asked < 300; asked++) {
    fromThere(text("more!"));
    await pass(30);
  }
  expect(heard).toHaveLength(300);
  const { factor, bytesPerSecond, bytesAtOnce } = unprovedLimits;
  expect(bytesGot()).toBeGreaterThan(0);
  expect(bytesGot()).toBeLessThanOrEqual(factor * sent() + bytesAtOnce + 9.1 * bytesPerSecond);
});

test("the first record from a new address is answered with at most three times as much", async () => {
  const { fromThere, bytesGot, sent, pass, got } = await wandering();
  fromThere(text("more!"));
  await pass(500);
  expect(got).toHaveLength(1);
  expect(bytesGot()).toBeLessThanOrEqual(3 * sent());
});

test("a light that answers at its new address has what waited sent there at once, and all that follows", async () => {
  const { fromThere, longOnes, answerTo, challenges, pass } = await wandering();
  fromThere(text("here I am"));
  await pass(50);
  expect(longOnes()).toBe(0);
  expect(challenges).toHaveLength(1);
  fromThere(answerTo(challenges[0]!));
  await pass(50);
  expect(longOnes()).toBe(1);
  for (let more = 0; more < 10; more++) fromThere(text("more"));
  await pass(50);
  expect(longOnes()).toBe(11);
  expect(challenges).toHaveLength(1);
});

test("a light that is told little where it is now is asked nothing, however often it moves", async () => {
  const { fromThere, light, got, challenges, pass, server } = await wandering();
  server.onDatagram((from) => server.send(from, text("yes")));
  for (let woken = 0; woken < 5; woken++) {
    fromThere(text("anything new for me?"));
    await pass(50);
    light.send(light.sealed(contentType.applicationData, text("and now?")));
    await pass(50);
  }
  expect(got).toHaveLength(5);
  expect(challenges).toEqual([]);
});

test("a light that is told too much to be told at once is asked, though all that may be sent was sent before", async () => {
  const { fromThere, got, challenges, pass, server, heard } = await wandering();
  server.onDatagram((from) => {
    for (let more = 0; more < 20; more++) server.send(from, text("a few words"));
  });
  fromThere(text("?"));
  await pass(50);
  expect(challenges).toHaveLength(1);
  expect(got.length).toBeGreaterThan(1);
  expect(heard).toEqual([]);
});

test("so many datagrams wait for the proof of an address and no more", async () => {
  const { fromThere, longOnes, answerTo, challenges, pass, server, heard } = await wandering();
  fromThere(text("here"));
  await pass(50);
  for (let more = 0; more < 10; more++) server.send(heard[0]!.from, longAnswer);
  fromThere(answerTo(challenges[0]!));
  await pass(50);
  expect(longOnes()).toBe(unprovedLimits.waitingMax);
});

test("a wrong answer proves nothing, and after a few not even the right one, until the challenge is another", async () => {
  const { fromThere, longOnes, answerTo, challenges, pass } = await wandering();
  const isBelieved = async () => {
    const before = longOnes();
    for (let asked = 0; asked < 8; asked++) fromThere(text("more"));
    await pass(50);
    return longOnes() - before >= 8;
  };
  fromThere(text("here I am"));
  await pass(50);
  for (let guess = 0; guess < unprovedLimits.guessesMax; guess++) fromThere(Uint8Array.of(0x70, 1, guess, guess));
  await pass(20);
  fromThere(answerTo(challenges[0]!));
  await pass(50);
  expect(await isBelieved()).toBe(false);
  await pass(unprovedLimits.challengeEvery);
  fromThere(text("?"));
  await pass(50);
  expect(challenges).toHaveLength(2);
  fromThere(answerTo(challenges[1]!));
  await pass(50);
  expect(await isBelieved()).toBe(true);
});

test("a light that answers no challenge is slow at its new address, and not cut off", async () => {
  const { fromThere, longOnes, pass, clock } = await wandering();
  fromThere(text("here I am"));
  await pass(100);
  for (let asked = 1; asked <= 5; asked++) {
    clock.advance(seconds(3));
    fromThere(text("more"));
    await pass(50);
    expect(longOnes()).toBe(asked);
  }
});

test("what waits for a light that falls silent where it is now is sent when more is said to it later", async () => {
  const { fromThere, longOnes, pass, clock, server, heard } = await wandering();
  fromThere(text("here I am"));
  await pass(100);
  for (let again = 1; again <= 3; again++) {
    clock.advance(seconds(3));
    server.send(heard[0]!.from, longAnswer);
    await pass(50);
    expect(longOnes()).toBe(again);
  }
});

test("a light that is back where it was proved to be needs no proof, and gets there what waited", async () => {
  const { fromThere, light, longOnes, pass, challenges } = await wandering();
  fromThere(text("forged"));
  await pass(50);
  const before = light.back.length;
  light.send(light.sealed(contentType.applicationData, text("it is me")));
  await pass(50);
  expect(light.back.length).toBe(before + 2);
  expect(longOnes()).toBe(0);
  expect(challenges).toHaveLength(1);
});

test("an answer to a challenge that went elsewhere proves nothing of the next address", async () => {
  const { fromThere, light, network, challenges, answerTo, pass } = await wandering();
  fromThere(text("forged"));
  await pass(50);
  const third = network.bind("203.0.113.77:7");
  const got: Uint8Array[] = [];
  third.onDatagram((_, datagram) => got.push(datagram));
  const say = (content: Uint8Array) => third.send(serverAddress, light.sealed(contentType.applicationData, content));
  say(answerTo(challenges[0]!));
  await pass(50);
  say(text("more"));
  await pass(50);
  expect(got.filter(({ length }) => length > 1_000)).toEqual([]);
});
