import { minutes } from "@lamplighter/runtime/duration";
import { expect, test } from "vitest";
import { checkedCertificates } from "../src/certificates.ts";
import { certificateSuites } from "../src/cipher-suite.ts";
import { derTag } from "../src/der.ts";
import { handshakeType } from "../src/handshake-message.ts";
import { der, makeCertificate } from "./certificate-maker.ts";
import { x509Light, x509Server } from "./city.ts";
import { hostileLight } from "./hostile-light.ts";
import { text, world } from "./world.ts";

/** Certificates that can be read but for what they call their owner: nobody vouched for them, and anybody can make one. */
const subjects = {
  "nothing but a number": der(derTag.sequence, der(derTag.integer, Uint8Array.of(1))),
  "a set that holds no attribute": der(derTag.sequence, der(derTag.set, der(derTag.integer, Uint8Array.of(1)))),
  "an attribute without a value": der(
    derTag.sequence,
    der(derTag.set, der(derTag.sequence, der(derTag.objectId, Uint8Array.of(0x55, 4, 3)))),
  ),
  "a broken object identifier": der(
    derTag.sequence,
    der(derTag.set, der(derTag.sequence, der(derTag.objectId, Uint8Array.of(0x80)), der(derTag.utf8String))),
  ),
};

/** A stranger who has shown such a certificate in a handshake, and said nothing else yet; and a light that is connected. */
async function shown(subject: Uint8Array) {
  const it = world({ server: { certificates: x509Server } });
  const honest = it.light("light-1");
  honest.say("one");
  const { certificate, privateKey } = makeCertificate({ subject });
  const stranger = hostileLight(
    { network: it.network, at: "203.0.113.9:9" },
    {
      suites: certificateSuites,
      certificates: checkedCertificates({ ...x509Light, privateKey, chain: [certificate] }),
    },
  );
  stranger.begin();
  await it.pass(500);
  expect(honest.answers).toEqual(["one"]);
  const step = (type: number) => stranger.left().find((each) => each.kind === "message" && each.message.type === type)!;
  stranger.send(stranger.inClear(step(handshakeType.certificate)));
  await it.pass(500);
  return { ...it, honest, stranger, step };
}

test.each(Object.entries(subjects))(
  "a certificate whose owner is %s ends its handshake, and nothing else",
  async (_, subject) => {
    const { server, pass, clock, events, honest } = await shown(subject);
    clock.advance(minutes(5));
    await pass(100);
    expect(events.filter(({ kind }) => kind === "refused")).toHaveLength(1);
    expect(server.counters.handshakesFailed).toBe(1);
    honest.say("two");
    await pass(500);
    expect(honest.answers).toEqual(["one", "two"]);
  },
);

test("a light's key can be taken away while a stranger shows a certificate that cannot be read", async () => {
  const { server, stranger, step, pass, honest } = await shown(subjects["nothing but a number"]);
  server.forgetIdentity(text("light-1"));
  expect(server.connections).toBe(0);
  stranger.send(stranger.inClear(step(handshakeType.certificate)));
  await pass(100);
  honest.client.disconnect();
  honest.say("again, with its new key");
  await pass(500);
  expect(server.connections).toBe(1);
});
