import { minutes } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { joined, numberBytes, vectorBytes } from "../src/bytes.ts";
import { cbcSuite, cipherSuites } from "../src/cipher-suite.ts";
import { ClientHandshake } from "../src/client-handshake.ts";
import { Connection } from "../src/connection.ts";
import type { Agreed } from "../src/established.ts";
import { extensionType } from "../src/extension.ts";
import { encodeMessage, type HandshakeMessage, handshakeType } from "../src/handshake-message.ts";
import { decodeClientHello, encodeClientHello } from "../src/hello.ts";
import { contentType, decodeRecords, plainBytesMax } from "../src/record.ts";
import { RecordProtection } from "../src/record-protection.ts";
import { allSeenBelow } from "../src/replay-window.ts";
import { acceptAheadMax } from "../src/reserve.ts";
import { ServerHandshake } from "../src/server-handshake.ts";
import { chooseSuite } from "../src/suite-choice.ts";
import { connected, hello, lightAddress, plain } from "./attacker.ts";
import { lockstep } from "./lockstep.ts";
import { keyOfLight, seededBytes, serverAddress, text, world } from "./world.ts";

// ── Epochs ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const agreed: Agreed = {
  suite: cipherSuites[0],
  keys: {
    client: { key: new Uint8Array(16).fill(1), salt: new Uint8Array(4) },
    server: { key: new Uint8Array(16).fill(2), salt: new Uint8Array(4) },
  },
  connectionIds: undefined,
};
const light = new RecordProtection(agreed.suite, agreed.keys.client);
const sealed = (where: { epoch: number; sequence: number }, content = text("x")) =>
  [...decodeRecords(light.seal({ type: contentType.applicationData, content }, where), 0)][0]!;

test("a record that its owner sealed for another epoch is not taken", () => {
  const server = new Connection(agreed, "server");
  for (const epoch of [0, 2, 0xffff]) expect(server.open(sealed({ epoch, sequence: 1 }))).toBeUndefined();
  expect(server.open(sealed({ epoch: 1, sequence: 1 }))).toMatchObject({ isNewest: true });
});

test("a record with more in it than a record may have is not taken (RFC 5246 §6.2.1)", () => {
  const server = new Connection(agreed, "server");
  expect(server.open(sealed({ epoch: 1, sequence: 0 }, new Uint8Array(plainBytesMax + 2)))).toBeUndefined();
  expect(server.open(sealed({ epoch: 1, sequence: 0 }, new Uint8Array(plainBytesMax)))).toBeDefined();
});

test("after a restart a record far behind what is in doubt is not even opened", () => {
  const server = new Connection(agreed, "server", { writeSequence: 0, window: allSeenBelow(1_000) });
  const at = (sequence: number) => server.open(sealed({ epoch: 1, sequence }));
  expect([999, 1_000 - 2 * acceptAheadMax].map(at)).toEqual(["doubtful", "doubtful"]);
  expect([999 - 2 * acceptAheadMax, 0].map(at)).toEqual([undefined, undefined]);
});

test("after a restart so many records in doubt are told as such and no more: who recorded one may play it without end", () => {
  const server = new Connection(agreed, "server", { writeSequence: 0, window: allSeenBelow(1_000) });
  const times = 4 * acceptAheadMax;
  const told = Array.from({ length: times }, () => server.open(sealed({ epoch: 1, sequence: 999 })));
  expect(told.filter((one) => one === "doubtful")).toHaveLength(2 * acceptAheadMax);
  expect(server.open(sealed({ epoch: 1, sequence: 1_000 }))).toMatchObject({ isNewest: true });
});

/** A handshake up to where one message of one side, its Finished where nothing else is said, would be heard by the other. */
function beforeFinished(from: "client" | "server", type: number = handshakeType.finished) {
  const client = new ClientHandshake({
    suites: cipherSuites,
    preShared: { identity: text("light-1"), key: keyOfLight },
    randomBytes: seededBytes(1),
    connectionId: undefined,
  });
  let server: ServerHandshake | undefined;
  let finished: HandshakeMessage | undefined;
  lockstep(
    client,
    (message) => {
      server = new ServerHandshake(decodeClientHello(message.body), message, {
        suites: cipherSuites,
        keyOf: () => keyOfLight,
        resumable: () => undefined,
        randomBytes: seededBytes(2),
        connectionId: new Uint8Array(6),
      });
      return server;
    },
    (message, side) => {
      if (side !== from || (!finished && message.type !== type)) return [message];
      finished ??= message;
      return [];
    },
  );
  const hearer = from === "client" ? server! : client;
  return { hearer, finished: finished! };
}

test.each(["client", "server"] as const)(
  "a %s's Finished is good when it came protected, and never in the clear",
  (from) => {
    const { hearer, finished } = beforeFinished(from);
    expect(hearer.receive(finished, 0)).toMatchObject([{ kind: "failed", why: "unexpected-message" }]);
    const other = beforeFinished(from);
    expect(other.hearer.receive(other.finished, 1)).toContainEqual(expect.objectContaining({ kind: "established" }));
  },
);

test("a key exchange is good in the clear, and never when it came protected", () => {
  const heardIn = (epoch: number) => {
    const { hearer, finished: exchange } = beforeFinished("client", handshakeType.clientKeyExchange);
    return hearer.receive(exchange, epoch);
  };
  expect(heardIn(1)).toMatchObject([{ kind: "failed", why: "unexpected-message" }]);
  expect(heardIn(0)).toMatchObject([{ kind: "keys" }]);
});

test.each(["client", "server"] as const)("a %s's Finished with another proof is refused", (from) => {
  const wrong: readonly ((proof: Uint8Array) => Uint8Array)[] = [
    (proof) => proof.with(11, proof[11]! ^ 1),
    (proof) => proof.subarray(0, 11),
    () => new Uint8Array(0),
  ];
  for (const change of wrong) {
    const { hearer, finished } = beforeFinished(from);
    const heard = hearer.receive({ ...finished, body: change(finished.body) }, 1);
    expect(heard).toMatchObject([{ kind: "failed", why: "wrong-finished" }]);
  }
});

// ── Hellos ───────────────────────────────────────────────────────────────────────────────────────────────────────────

test("after a long silence no cookie from before is good, though its secret was not changed meanwhile", async () => {
  const { network, pass, passed, server, clock } = await connected();
  const second = passed.findLast(
    ({ from, datagram }) => from === lightAddress && datagram[13] === handshakeType.clientHello,
  )!;
  const { cookiesAsked, handshakesBegun } = server.counters;
  network.unbind(lightAddress);
  clock.advance(minutes(5));
  network.bind(lightAddress).send(serverAddress, second.datagram);
  await pass(50);
  expect(server.counters).toMatchObject({ cookiesAsked: cookiesAsked + 1, handshakesBegun });
});

const body = (extensions: Uint8Array) =>
  joined(encodeClientHello({ ...decodeClientHello(hello().subarray(25)), extensions: new Map() }), extensions);
const inRecord = (message: Uint8Array, version = 0xfefd) => {
  const record = plain(contentType.handshake, message);
  record.set(numberBytes(version, 2), 1);
  return record;
};
const ems = joined(numberBytes(extensionType.extendedMasterSecret, 2), numberBytes(0, 2));
const whole = (extensions = vectorBytes(ems, 2)) =>
  encodeMessage({ type: handshakeType.clientHello, sequence: 0, body: body(extensions) });

test.each<[string, Uint8Array, boolean]>([
  ["as it should be", inRecord(whole()), true],
  ["in a record of DTLS 1.0, as first hellos are", inRecord(whole(), 0xfeff), true],
  ["with one extension twice", inRecord(whole(vectorBytes(joined(ems, ems), 2))), false],
  [
    "with more extensions than anybody sends",
    inRecord(
      whole(
        vectorBytes(
          joined(...Array.from({ length: 65 }, (_, type) => joined(numberBytes(1_000 + type, 2), numberBytes(0, 2)))),
          2,
        ),
      ),
    ),
    false,
  ],
  ["that says to be longer than it is", inRecord(whole().with(3, whole()[3]! + 1)), false],
  ["with a byte after its extensions", inRecord(whole(joined(vectorBytes(ems, 2), Uint8Array.of(0)))), false],
])("a hello %s is answered, or not, before anything is kept", async (_, datagram, isAnswered) => {
  const { network, pass, server } = world();
  network.bind(lightAddress).send(serverAddress, datagram);
  await pass(50);
  expect(server.counters).toMatchObject({ cookiesAsked: isAnswered ? 1 : 0, malformed: isAnswered ? 0 : 1 });
});

test("what is no hello and not of DTLS 1.2 is not looked at", async () => {
  const { network, pass, server } = world();
  const message = encodeMessage({ type: handshakeType.clientKeyExchange, sequence: 1, body: new Uint8Array(2) });
  network.bind(lightAddress).send(serverAddress, inRecord(message, 0xfeff));
  await pass(50);
  expect(server.counters).toMatchObject({ malformed: 1, unknownConnection: 0 });
});

test("CBC is chosen with encrypt-then-MAC and never without (RFC 7366 §3.1)", () => {
  const offer = { ...decodeClientHello(hello().subarray(25)), cipherSuites: [cbcSuite.id] };
  const abilities = { suites: [...cipherSuites, cbcSuite] };
  expect(chooseSuite({ ...offer, extensions: new Map() }, abilities)).toBeUndefined();
  const extensions = new Map([[extensionType.encryptThenMac, new Uint8Array(0)]]);
  expect(chooseSuite({ ...offer, extensions }, abilities)).toEqual({ suite: cbcSuite });
});
