import { seconds } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { alertDescription, encodeAlert } from "../src/alert.ts";
import { cipherSuites, suiteById } from "../src/cipher-suite.ts";
import { ClientHandshake } from "../src/client-handshake.ts";
import type { Resumable } from "../src/established.ts";
import { extensionType } from "../src/extension.ts";
import { type HandshakeMessage, handshakeType } from "../src/handshake-message.ts";
import {
  decodeClientHello,
  decodeServerHello,
  encodeClientHello,
  encodeServerHello,
  type ServerHello,
} from "../src/hello.ts";
import { contentType } from "../src/record.ts";
import { ServerHandshake } from "../src/server-handshake.ts";
import { lightAddress } from "./attacker.ts";
import { hostileLight } from "./hostile-light.ts";
import { lockstep, type Tamper } from "./lockstep.ts";
import { keyOfLight, seededBytes, text, world } from "./world.ts";

const sessionId = new Uint8Array(32).fill(3);
const session: Resumable = {
  suite: cipherSuites[0],
  master: new Uint8Array(48).fill(5),
  extendedMasterSecret: true,
  identity: text("light-1"),
  credential: "psk",
};

const client = () =>
  new ClientHandshake({
    suites: cipherSuites,
    preShared: { identity: text("light-1"), key: keyOfLight },
    randomBytes: seededBytes(1),
    connectionId: undefined,
    resume: { sessionId, session },
  });
/** Hears the hello as `changed`. */
const serverOf =
  (changed: (hello: HandshakeMessage) => HandshakeMessage = (hello) => hello) =>
  (said: HandshakeMessage) => {
    const hello = changed(said);
    return new ServerHandshake(decodeClientHello(hello.body), hello, {
      suites: cipherSuites,
      keyOf: () => keyOfLight,
      resumable: (id) => (Buffer.compare(id, sessionId) === 0 ? session : undefined),
      randomBytes: seededBytes(2),
      connectionId: new Uint8Array(6),
    });
  };

test("left alone, both go on with the session", () => {
  const { client: light, server } = lockstep(client(), serverOf());
  expect([light.identity, server.identity]).toEqual(["light-1", "light-1"]);
  expect(server.said.map(({ type }) => type)).toEqual([handshakeType.serverHello, handshakeType.finished]);
});

test.each([
  ["another suite than it was born with", (hello: ServerHello) => ({ ...hello, cipherSuite: cipherSuites[1].id })],
  [
    "no extended master secret, which it was born with (RFC 7627 §5.3)",
    (hello: ServerHello) => ({
      ...hello,
      extensions: new Map([...hello.extensions].filter(([type]) => type !== extensionType.extendedMasterSecret)),
    }),
  ],
  [
    "an extension that was not asked for (RFC 5246 §7.4.1.4)",
    (hello: ServerHello) => ({ ...hello, extensions: new Map([...hello.extensions, [0x1234, new Uint8Array(0)]]) }),
  ],
  [
    "a word on an earlier handshake (RFC 5746 §3.4)",
    (hello: ServerHello) => ({
      ...hello,
      extensions: new Map([...hello.extensions, [extensionType.renegotiationInfo, Uint8Array.of(1, 9)]]),
    }),
  ],
])("a light goes on with no session with %s", (_, change) => {
  const tamper: Tamper = (message, from) =>
    from === "server" && message.type === handshakeType.serverHello
      ? [{ ...message, body: encodeServerHello(change(decodeServerHello(message.body))) }]
      : [message];
  expect(lockstep(client(), serverOf(), tamper).client.failed).toBe("no-common-suite");
});

const hearing = (
  change: (hello: ReturnType<typeof decodeClientHello>) => Partial<ReturnType<typeof decodeClientHello>>,
) =>
  serverOf((message) => {
    const hello = decodeClientHello(message.body);
    return { ...message, body: encodeClientHello({ ...hello, ...change(hello) }) };
  });
const saidBy = (server: ReturnType<typeof hearing>) => lockstep(client(), server).server;

test("a server goes on with no session whose suite is not offered any more, or without what it was born with", () => {
  const others = saidBy(hearing(() => ({ cipherSuites: [cipherSuites[1].id] })));
  const [hello] = others.said;
  expect(suiteById(decodeServerHello(hello!.body).cipherSuite)).toBe(cipherSuites[1]);
  expect(others.said.at(-1)?.type).toBe(handshakeType.serverHelloDone);
  const bare = saidBy(hearing(() => ({ extensions: new Map() })));
  expect(bare.said.at(-1)?.type).toBe(handshakeType.serverHelloDone);
});

test.each([
  [
    "speaks of an earlier handshake (RFC 5746 §3.6)",
    "malformed",
    { extensions: new Map([[0xff01, Uint8Array.of(1, 9)]]) },
  ],
  ["speaks DTLS 1.0 at most", "version", { version: 0xfeff }],
  ["has nothing but compression to offer", "malformed", { compressionMethods: Uint8Array.of(1) }],
] as const)("a hello that %s is refused", (_, why, change) => {
  expect(saidBy(hearing(() => change)).failed).toBe(why);
});

/** A light that was connected, left its connection, and comes back when `between` has happened. */
async function comingBack(
  options: Parameters<typeof world>[0],
  between: (it: ReturnType<typeof world>) => void,
  light = {},
) {
  const it = world(options);
  const lamp = it.light("light-1", { at: lightAddress, ...light });
  lamp.say("before");
  await it.pass(500);
  lamp.client.disconnect({ keepSession: true });
  between(it);
  lamp.say("after");
  await it.pass(3_000);
  return { ...it, ...lamp };
}

test("a session is not resumed once its light has another key, though nobody said so", async () => {
  let key = keyOfLight;
  const { events, pass } = await comingBack({ server: { keyOf: () => key } }, () => {
    key = text("another key 1234");
  });
  await pass(5_000);
  expect(events.slice(0, 2)).toMatchObject([{ kind: "connected" }, { kind: "refused", why: "wrong-key" }]);
});

test("a session without extended master secret is not kept to be resumed (RFC 7627 §5.3)", async () => {
  const { client, events } = await comingBack({}, () => {}, { offersExtendedMasterSecret: false });
  expect(client.established).toMatchObject({ isResumed: false, extendedMasterSecret: false });
  expect(events.at(-1)).toMatchObject({ kind: "connected", isResumed: false });
});

test("sessions to be resumed have a bound: the oldest goes", async () => {
  const it = world({ server: { limits: { resumableMax: 1 } } });
  const lights = ["light-1", "light-2"].map((name, index) => it.light(name, { at: `10.0.1.${index}:1` }));
  for (const lamp of lights) {
    lamp.say("before");
    await it.pass(300);
    lamp.client.disconnect({ keepSession: true });
  }
  for (const lamp of lights.toReversed()) {
    lamp.say("after");
    await it.pass(500);
  }
  expect(lights.map(({ client }) => client.established?.isResumed)).toEqual([false, true]);
});

test("a session is not resumed after its time", async () => {
  const { client, answers } = await comingBack({ server: { limits: { resumableFor: seconds(60) } } }, (it) =>
    it.clock.advance(seconds(60)),
  );
  expect(answers).toEqual(["before", "after"]);
  expect(client.established?.isResumed).toBe(false);
});

test("a connection that its light ended by an error is not resumed (RFC 5246 §7.2.2)", async () => {
  const it = world();
  const light = hostileLight({ network: it.network, at: lightAddress });
  light.begin();
  await it.pass(100);
  light.finish();
  await it.pass(100);
  const error = encodeAlert({ level: "fatal", description: alertDescription.internalError });
  light.send(light.sealed(contentType.alert, error));
  await it.pass(100);
  expect(it.server.connections).toBe(0);
  it.network.unbind(lightAddress);
  const session = light.established()!;
  const again = hostileLight(
    { network: it.network, at: lightAddress },
    { randomBytes: seededBytes(5), resume: { sessionId: session.sessionId, session } },
  );
  again.begin();
  await it.pass(100);
  again.finish();
  await it.pass(100);
  expect(it.events.at(-1)).toMatchObject({ kind: "connected", isResumed: false });
});
