import { isResponse, POST } from "@lamplighter/coap/code";
import { decodeMessage, encodeMessage } from "@lamplighter/coap/codec";
import { ACK, CON, type Message } from "@lamplighter/coap/message";
import { milliseconds, scale, seconds } from "@lamplighter/runtime/duration";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, type UdpPort } from "@lamplighter/runtime/udp-port";

export interface LoadReport {
  /** Milliseconds from the first sending of a Register to its answer, one for each light that was answered 2.01. */
  readonly milliseconds: readonly number[];
  readonly unanswered: number;
  readonly refused: number;
  readonly retransmissions: number;
}

const uriPath = 11;
const contentFormat = 12;
const uriQuery = 15;
const linkFormat = 40;
const created = 0x41;
const notFound = 0x84;
/** RFC 7252 §4.8: a light sends again after two seconds, then four, eight and sixteen. */
const acknowledgeWithin = seconds(2);
const sendingsMax = 5;
const objects = "</>;rt=oma.lwm2m;ct=11542,</1/0>,</3/0>,</5/0>,</3416/0>";

/**
 * Lets many lights register for the first time, so many a second, each from a socket of its own as in the field. To the
 * questions that follow they answer 4.04 at once.
 */
export async function registerLights(options: {
  readonly lights: number;
  readonly perSecond: number;
  readonly server: string;
}): Promise<LoadReport> {
  const clock = systemClock();
  const times: number[] = [];
  const count = { unanswered: 0, refused: 0, retransmissions: 0 };
  const ports: UdpPort[] = [];
  for (let light = 0; light < options.lights; light++)
    ports.push(await bindUdp({ host: "127.0.0.1", port: 0, bufferBytes: 16_384 }));

  function register(port: UdpPort, light: number): Promise<void> {
    return new Promise((resolve) => {
      const message = encodeMessage(registerMessage(light));
      const began = clock.monotonic();
      let sendings = 0;
      let cancel = () => {};
      const send = () => {
        if (++sendings > sendingsMax) {
          count.unanswered++;
          return resolve();
        }
        if (sendings > 1) count.retransmissions++;
        port.send(options.server, message);
        cancel = clock.after(scale(acknowledgeWithin, 2 ** (sendings - 1)), send);
      };
      port.onDatagram((from, datagram) => {
        const received = decodeMessage(datagram);
        if (received.type === CON) port.send(from, answerTo(received));
        if (!isResponse(received.code) || received.token[0] !== 1) return;
        cancel();
        if (received.code === created) times.push(clock.monotonic() - began);
        else count.refused++;
        resolve();
      });
      send();
    });
  }

  const began = clock.monotonic();
  const pending: Promise<void>[] = [];
  for (const [light, port] of ports.entries()) {
    const due = began + (light * 1_000) / options.perSecond;
    const wait = due - clock.monotonic();
    if (wait > 0) await new Promise<void>((resolve) => clock.after(milliseconds(wait), resolve));
    pending.push(register(port, light));
  }
  await Promise.all(pending);
  // The server goes on asking the lights about themselves; they answer a little longer.
  await new Promise<void>((resolve) => clock.after(seconds(2), resolve));
  await Promise.all(ports.map((port) => port.close()));
  return { milliseconds: times, ...count };
}

function registerMessage(light: number): Message {
  const text = (value: string) => new TextEncoder().encode(value);
  return {
    type: CON,
    code: POST,
    messageId: light & 0xffff,
    // Its first byte tells our own Register's answer from everything else that arrives.
    token: Uint8Array.of(1, (light >> 8) & 0xff, light & 0xff),
    options: [
      { number: uriPath, value: text("rd") },
      { number: contentFormat, value: Uint8Array.of(linkFormat) },
      ...[`ep=urn:dev:load-${light}`, "lt=86400", "lwm2m=1.1", "b=U"].map((query) => ({
        number: uriQuery,
        value: text(query),
      })),
    ],
    payload: text(objects),
  };
}

/** Nothing here, says the light; to a separate response it says that it came. */
function answerTo({ code, messageId, token }: Message): Uint8Array {
  const empty = isResponse(code) || code === 0;
  return encodeMessage({
    type: ACK,
    code: empty ? 0 : notFound,
    messageId,
    token: empty ? new Uint8Array() : token,
    options: [],
    payload: new Uint8Array(),
  });
}
