import { decodeMessage, encodeMessage } from "@lamplighter/coap/codec";
import { CON, type Message, noBytes } from "@lamplighter/coap/message";
import type { Address } from "@lamplighter/runtime/datagram";
import { seconds } from "@lamplighter/runtime/duration";
import { utf8 } from "./bytes.ts";
import { serverAddress, TestWorld } from "./world.ts";

/** One option of a message: a text, bytes, or nothing. */
export const option = (number: number, value: string | readonly number[]) => ({
  number,
  value: typeof value === "string" ? utf8(value) : Uint8Array.from(value),
});

/** A device played byte by byte: it sends what it likes and looks at each answer. */
export class LockstepDevice {
  readonly inbox: Message[] = [];
  location: readonly string[] = [];
  readonly #world: TestWorld;
  readonly #port;
  #messageId = 1_000;

  constructor(world: TestWorld, address: Address = "192.0.2.7:5683") {
    this.#world = world;
    this.#port = world.network.bind(address);
    this.#port.onDatagram((_, datagram) => this.inbox.push(decodeMessage(datagram)));
  }

  send(message: Partial<Message>): void {
    const whole = { type: CON, code: 0, messageId: 1, token: noBytes, options: [], payload: noBytes };
    this.raw(encodeMessage({ ...whole, ...message }));
  }

  raw(datagram: Uint8Array): void {
    this.#port.send(serverAddress, datagram);
  }

  /** The next message that came, waiting for it if need be. */
  async next(): Promise<Message> {
    for (let turn = 0; turn < 400 && this.inbox.length === 0; turn++) await this.#world.pass(seconds(0.02));
    const message = this.inbox.shift();
    if (!message) throw new Error("nothing came");
    return message;
  }

  /** Sends a request and returns the code of its answer: `2.01`. */
  async ask(
    method: number,
    path: readonly string[],
    {
      query = [],
      payload = "",
      format,
      token = noBytes,
    }: {
      readonly query?: readonly string[];
      readonly payload?: string | Uint8Array;
      readonly format?: number;
      readonly token?: Uint8Array;
    } = {},
  ): Promise<string> {
    const options = [
      ...path.map((segment) => option(11, segment)),
      ...(format === undefined
        ? []
        : [option(12, format === 0 ? [] : format < 256 ? [format] : [format >> 8, format & 255])]),
      ...query.map((parameter) => option(15, parameter)),
    ];
    const messageId = this.#messageId++;
    this.send({
      code: method,
      messageId,
      token,
      options,
      payload: typeof payload === "string" ? utf8(payload) : payload,
    });
    const answer = await this.next();
    this.answer = answer;
    return `${answer.code >> 5}.${String(answer.code & 31).padStart(2, "0")}`;
  }

  /** The last answer to {@link ask}. */
  answer: Message | undefined;

  /** Registers as it is told, `ep` and `lwm2m` included; what it was told of its place is kept. */
  async register(
    query: readonly string[] = ["ep=light-1", "lwm2m=1.1"],
    payload = "</1/0>,</3/0>,</5/0>,</16/0>,</3303/0>,</3311/0>",
    format: number | undefined = 40,
  ): Promise<string> {
    const code = await this.ask(2, ["rd"], { query, payload, ...(format !== undefined && { format }) });
    const place = this.answer?.options.filter(({ number }) => number === 8) ?? [];
    if (place.length > 0) this.location = place.map(({ value }) => new TextDecoder().decode(value));
    return code;
  }

  /** Answers a request, by default 2.05 in its acknowledgement, with the content given. */
  reply(request: Message, message: Partial<Message> & { readonly format?: number; readonly text?: string }): void {
    const { format, text, ...rest } = message;
    const bytes = format === undefined || format === 0 ? [] : format < 256 ? [format] : [format >> 8, format & 255];
    this.send({
      type: 2,
      code: 0x45,
      messageId: request.messageId,
      token: request.token,
      ...(text !== undefined && { payload: utf8(text) }),
      ...rest,
      options: [...(rest.options ?? []), ...(format === undefined ? [] : [option(12, bytes)])],
    });
  }
}

/** A server and a device that is registered in the usual way. */
export async function lockstep(...options: Parameters<typeof TestWorld.started>) {
  const world = await TestWorld.started(...options);
  const device = new LockstepDevice(world);
  const code = await device.register();
  if (code !== "2.01") throw new Error(`the Register was answered ${code}`);
  return { world, device, server: world.server };
}

/** The path of a request, `/3/0/9`. */
export function pathOf({ options }: Message): string {
  const segments = options.filter(({ number }) => number === 11).map(({ value }) => new TextDecoder().decode(value));
  return `/${segments.join("/")}`;
}

/** An option that is a number; undefined when it is not there. */
export function numberOf({ options }: Message, number: number): number | undefined {
  return options.find((each) => each.number === number)?.value.reduce((sum, byte) => sum * 256 + byte, 0);
}
