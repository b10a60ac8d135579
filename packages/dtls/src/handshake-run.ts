import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, scale, seconds } from "@lamplighter/runtime/duration";
import { type AlertDescription, alertDescription, encodeAlert } from "./alert.ts";
import { Connection, protectedEpoch } from "./connection.ts";
import type { Established, FlightStep, HandshakeEffect, HandshakeFailure, HandshakeMachine } from "./established.ts";
import { decodeFragments, fragmentsOf, handshakeHeaderBytes } from "./handshake-message.ts";
import { MalformedRecord } from "./malformed-record.ts";
import { type AssembledMessage, MessageAssembly } from "./message-assembly.ts";
import { contentType, copyOf, type DtlsRecord, dtls12, encodeRecord, recordHeaderBytes } from "./record.ts";
import type { PlainRecord } from "./record-protection.ts";

/** Timing and sizes of handshakes. */
export const handshakeLimits = {
  /** A flight is sent again after this, and then after twice as long each time (RFC 6347 §4.2.4.1). */
  firstTimeout: seconds(1) as Duration,
  timeoutMax: seconds(60) as Duration,
  /** Times that a flight is sent, the first among them; then the handshake is given up. */
  sendsMax: 7,
  /** Records of the next epoch that came before its keys; the oldest goes first. Its sender would send them again. */
  earlyRecordsMax: 4,
  /** Bytes of one of them, and of data that came before Finished; longer ones are dropped: Finished has 60. */
  earlyBytesMax: 1_400,
  /** Protected records that could not be opened, after which the key must be wrong. */
  unreadableMax: 3,
  /** A flight asked for again by the peer's repetition is not repeated more often than this. */
  repeatEvery: seconds(0.2) as Duration,
  /** Bytes of one datagram with handshake messages: fits an IPv6 path of the least size (RFC 8200 §5). */
  datagramBytesMax: 1_200,
} as const;

export interface HandshakeRunOptions {
  readonly machine: HandshakeMachine;
  readonly side: "client" | "server";
  readonly clock: Clock;
  /** Number of the peer's first message. */
  readonly firstSequence: number;
  /** Times that it sends a flight, the first among them, before it gives up. */
  readonly sendsMax?: number | undefined;
  /** Number of our first record: a server goes on from that of the hello that it answers (RFC 6347 §4.2.1). */
  readonly firstRecordSequence: number;
  readonly send: (datagram: Uint8Array) => void;
  readonly onEstablished: (established: Established, connection: Connection) => void;
  /** Application data that overtook the end of the handshake is not lost: it is given here, opened, after the end. */
  readonly onContent: (type: number, content: Uint8Array) => void;
  readonly onFailed: (failure: { readonly why: HandshakeFailure; readonly identity?: Uint8Array }) => void;
}

/**
 * Runs one side of a handshake over datagrams that get lost, late, and twice (RFC 6347 §4.2.4).
 *
 * It cuts flights into records, repeats the last one until the peer has answered or repeats itself, and puts the peer's
 * messages in order. Whatever cannot be read is dropped without an answer: anybody may have sent it.
 */
export class HandshakeRun {
  readonly #options: Omit<HandshakeRunOptions, "machine">;
  /** Let go of at the end, with all that it knows: a run may linger for minutes to repeat its last flight. */
  #machine: HandshakeMachine | undefined;
  readonly #assembly: MessageAssembly;
  #recordSequence: number;
  #connection: Connection | undefined;
  #flight: readonly FlightStep[] = [];
  #sends = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #alarm: Cancel = () => {};
  #early: DtlsRecord[] = [];
  #overtaking: PlainRecord[] = [];
  #unreadable = 0;
  #phase: "running" | "established" | "over" = "running";

  constructor({ machine, ...options }: HandshakeRunOptions) {
    this.#options = options;
    this.#machine = machine;
    this.#assembly = new MessageAssembly(options.firstSequence);
    this.#recordSequence = options.firstRecordSequence;
  }

  begin(): void {
    this.#attempt((machine) => machine.begin());
  }

  /** Who the peer says it is, once it has said so; undefined after the end. */
  get identity(): Uint8Array | undefined {
    return this.#machine?.identity;
  }

  /** Ends without a word. */
  stop(): void {
    this.#phase = "over";
    this.#machine = undefined;
    this.#alarm();
    this.#early = [];
    this.#overtaking = [];
  }

  /** Takes a record of the peer, of either epoch. Returns whether it was of this handshake. */
  take(record: DtlsRecord): boolean {
    if (this.#phase === "over") return false;
    if (record.epoch === 0) return this.#takePlain(record);
    if (record.epoch !== protectedEpoch || this.#phase === "established") return false;
    if (this.#connection) return this.#takeProtected(record, this.#connection);
    if (record.body.length > handshakeLimits.earlyBytesMax) return true;
    this.#early.push(copyOf(record));
    if (this.#early.length > handshakeLimits.earlyRecordsMax) this.#early.shift();
    return true;
  }

  /** A handshake message that came over the finished connection: the peer did not hear the end, and gets it again. */
  repeatIfAsked(content: Uint8Array): void {
    for (const { sequence } of decodeFragments(content)) if (sequence < this.#assembly.due) return this.#repeat();
  }

  #takePlain({ type, body }: DtlsRecord): boolean {
    switch (type) {
      case contentType.handshake:
        this.#takeHandshake(body, 0);
        return true;
      case contentType.alert:
        // Anybody can forge an alert in the clear. Only a client that has no answer yet gives up for one: a server that
        // knows no common suite or identity has no other way to say so.
        if (this.#options.side === "client" && this.#phase === "running") this.#heardAlert(body);
        return true;
      case contentType.changeCipherSpec:
        // The epoch in each record says the same, and Finished proves it.
        return true;
      default:
        return false;
    }
  }

  #takeProtected(record: DtlsRecord, connection: Connection): boolean {
    const plain = connection.open(record);
    if (typeof plain !== "object") {
      this.#unreadable++;
      if (this.#unreadable === handshakeLimits.unreadableMax) this.#fail({ why: "wrong-key" });
      return false;
    }
    if (plain.type === contentType.handshake) this.#takeHandshake(plain.content, protectedEpoch);
    else if (plain.type === contentType.alert) this.#heardAlert(plain.content);
    else if (plain.type === contentType.applicationData) this.#keepOvertaking(plain);
    return true;
  }

  /** Data before Finished is data of nobody proved: what overtook it waits for it, as far as there is room. */
  #keepOvertaking(plain: PlainRecord): void {
    const { earlyRecordsMax, earlyBytesMax } = handshakeLimits;
    if (this.#overtaking.length >= earlyRecordsMax || plain.content.length > earlyBytesMax) return;
    this.#overtaking.push(plain);
  }

  #takeHandshake(content: Uint8Array, epoch: number): void {
    for (const fragment of decodeFragments(content)) {
      if (fragment.sequence < this.#assembly.due) {
        // The peer repeats itself: it did not hear our answer.
        if (fragment.offset === 0) this.#repeat();
        continue;
      }
      if (this.#phase !== "running") return;
      for (const message of this.#assembly.take(fragment, epoch)) this.#hear(message);
    }
  }

  #hear({ epoch, ...message }: AssembledMessage): void {
    if (this.#phase !== "running") return;
    this.#attempt((machine) => machine.receive(message, epoch));
  }

  /** What the peer sent may not be readable as what it says it is: that ends the handshake. */
  #attempt(step: (machine: HandshakeMachine) => readonly HandshakeEffect[]): void {
    if (!this.#machine) return;
    let effects: readonly HandshakeEffect[];
    try {
      effects = step(this.#machine);
    } catch (error) {
      if (!(error instanceof MalformedRecord)) throw error;
      effects = [{ kind: "failed", why: "malformed", alert: alertDescription.decodeError }];
    }
    this.#perform(effects);
  }

  #perform(effects: readonly HandshakeEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          this.#flight = effect.flight;
          this.#sends = 0;
          this.#sendFlight();
          break;
        case "keys":
          this.#connection = new Connection(effect.agreed, this.#options.side);
          break;
        case "established":
          this.#phase = "established";
          this.#machine = undefined;
          this.#alarm();
          this.#options.onEstablished(effect.established, this.#connection!);
          for (const { type, content } of this.#overtaking.splice(0)) this.#options.onContent(type, content);
          break;
        case "failed":
          this.#sendAlert(effect.alert);
          this.#fail(effect);
          break;
      }
    }
    // After the effects that came with the keys, as a flight that has to go first.
    if (this.#connection) this.#takeEarly();
  }

  /**
   * Throws {@link MalformedRecord}, as {@link take} does: whoever gave the last record is still there to catch it. What came
   * after one that cannot be read is lost, and is sent again.
   */
  #takeEarly(): void {
    for (const record of this.#early.splice(0)) this.take(record);
  }

  // ── Sending ────────────────────────────────────────────────────────────────────────────────────────────────────

  #sendFlight(): void {
    const { clock } = this.#options;
    this.#sends++;
    this.#sentAt = clock.monotonic();
    for (const datagram of this.#datagrams()) this.#options.send(datagram);
    this.#alarm();
    if (this.#phase !== "running") return;
    const { firstTimeout, timeoutMax } = handshakeLimits;
    const wait = scale(firstTimeout, 2 ** (this.#sends - 1));
    this.#alarm = clock.after(Math.min(wait, timeoutMax) as Duration, () => this.#timeIsUp());
  }

  #timeIsUp(): void {
    if (this.#sends >= (this.#options.sendsMax ?? handshakeLimits.sendsMax)) this.#fail({ why: "timeout" });
    else this.#sendFlight();
  }

  /** Bounded by the peer's own sending and by time, so that a forged repetition makes no flood of ours. */
  #repeat(): void {
    if (this.#options.clock.monotonic() - this.#sentAt < handshakeLimits.repeatEvery) return;
    if (this.#sends >= handshakeLimits.sendsMax) return;
    this.#sendFlight();
  }

  /** The flight as datagrams, as full as they may be, with new record numbers each time. */
  #datagrams(): Uint8Array[] {
    const { datagramBytesMax } = handshakeLimits;
    const datagrams: Uint8Array[] = [];
    let open: Uint8Array[] = [];
    let openBytes = 0;
    const close = () => {
      if (open.length > 0) datagrams.push(Buffer.concat(open));
      open = [];
      openBytes = 0;
    };
    for (const record of this.#records()) {
      if (openBytes + record.length > datagramBytesMax) close();
      open.push(record);
      openBytes += record.length;
    }
    close();
    return datagrams;
  }

  *#records(): Generator<Uint8Array> {
    // Room for header, connection id, nonce and tag, whichever apply.
    const bytesMax = handshakeLimits.datagramBytesMax - recordHeaderBytes - handshakeHeaderBytes - 64;
    for (const step of this.#flight) {
      if (step.kind === "change-cipher-spec") {
        yield this.#plainRecord(contentType.changeCipherSpec, Uint8Array.of(1));
        continue;
      }
      for (const fragment of fragmentsOf(step.message, bytesMax)) {
        if (step.epoch === 0) yield this.#plainRecord(contentType.handshake, fragment);
        else {
          const sealed = this.#connection?.seal(contentType.handshake, fragment);
          if (sealed) yield sealed;
        }
      }
    }
  }

  #plainRecord(type: number, body: Uint8Array): Uint8Array {
    return encodeRecord({ type, version: dtls12, epoch: 0, sequence: this.#recordSequence++, body });
  }

  // ── Ends ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #heardAlert(content: Uint8Array): void {
    // A warning is no end; whatever is not readable as one is.
    if (content.length === 2 && content[0] === 1 && content[1] !== alertDescription.closeNotify) return;
    this.#fail({ why: "refused-by-peer" });
  }

  #sendAlert(description: AlertDescription): void {
    this.#options.send(this.#plainRecord(contentType.alert, encodeAlert({ level: "fatal", description })));
  }

  #fail({ why }: { why: HandshakeFailure }): void {
    if (this.#phase !== "running") return;
    const identity = this.#machine?.identity;
    this.stop();
    this.#options.onFailed({ why, ...(identity && { identity }) });
  }
}
