import type { Address } from "@lamplighter/runtime/datagram";
import type { FakeNetwork } from "@lamplighter/simulation/fake-network";
import { cipherSuites } from "../src/cipher-suite.ts";
import { ClientHandshake, type ClientHandshakeOptions } from "../src/client-handshake.ts";
import { Connection } from "../src/connection.ts";
import type { Agreed, Established, FlightStep, HandshakeEffect } from "../src/established.ts";
import { decodeFragments, encodeMessage } from "../src/handshake-message.ts";
import { MessageAssembly } from "../src/message-assembly.ts";
import { contentType, decodeRecords } from "../src/record.ts";
import { plain } from "./attacker.ts";
import { keyOfLight, seededBytes, serverAddress, text } from "./world.ts";

/**
 * A light that has a key and means harm: its handshake goes on by itself up to the keys, and what it sends then, in the clear
 * and protected, in which order, is a test's to say.
 */
export function hostileLight(
  { network, at, name = "light-1" }: { readonly network: FakeNetwork; readonly at: Address; readonly name?: string },
  options: Partial<ClientHandshakeOptions> = {},
) {
  const port = network.bind(at);
  const back: Uint8Array[] = [];
  const machine = new ClientHandshake({
    suites: cipherSuites,
    preShared: { identity: text(name), key: keyOfLight },
    randomBytes: seededBytes(4_711),
    connectionId: undefined,
    ...options,
  });
  const assembly = new MessageAssembly(0);
  const cidBytes = options.connectionId?.length ?? 0;
  let agreed: Agreed | undefined;
  let connection: Connection | undefined;
  let established: Established | undefined;
  let rest: readonly FlightStep[] = [];
  let sequence = 0;
  const send = (datagram: Uint8Array) => port.send(serverAddress, datagram);

  function perform(effects: readonly HandshakeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "keys") {
        agreed = effect.agreed;
        connection = new Connection(agreed, "client");
      }
      if (effect.kind === "established") established = effect.established;
      if (effect.kind !== "send") continue;
      if (connection) rest = effect.flight;
      else for (const step of effect.flight) send(inClear(step));
    }
  }
  /** One step of a flight in a record of its own. */
  function inClear(step: FlightStep): Uint8Array {
    if (step.kind !== "message") return plain(contentType.changeCipherSpec, Uint8Array.of(1), { sequence: sequence++ });
    return plain(contentType.handshake, encodeMessage(step.message), { sequence: sequence++ });
  }
  port.onDatagram((_, datagram) => {
    back.push(datagram);
    for (const record of decodeRecords(datagram, cidBytes)) {
      const opened = record.epoch === 0 ? { type: record.type, content: record.body } : connection?.open(record);
      if (typeof opened !== "object" || opened.type !== contentType.handshake) continue;
      for (const fragment of decodeFragments(opened.content))
        for (const { epoch, ...message } of assembly.take(fragment, record.epoch))
          perform(machine.receive(message, epoch));
    }
  });

  return {
    port,
    back,
    send,
    begin: () => perform(machine.begin()),
    /** What is left to be said, once the keys are known: the key exchange, a change of cipher spec, and Finished. */
    left: (): readonly FlightStep[] => rest,
    inClear,
    /** Protects whatever is wished with the keys of the handshake. */
    sealed: (type: number, content: Uint8Array): Uint8Array => connection!.seal(type, content)!,
    established: () => established,
    connection: () => connection!,
    /** Says all that is left, as it should be. */
    finish(): void {
      for (const step of rest) {
        const isProtected = step.kind === "message" && step.epoch === 1;
        send(isProtected ? connection!.seal(contentType.handshake, encodeMessage(step.message))! : inClear(step));
      }
    },
  };
}
