import type { HandshakeEffect, HandshakeFailure, HandshakeMachine } from "../src/established.ts";
import type { HandshakeMessage } from "../src/handshake-message.ts";

/** What became of one side. */
export interface Outcome {
  identity?: string;
  credential?: string;
  failed?: HandshakeFailure;
  readonly said: HandshakeMessage[];
}

type Side = "client" | "server";
/** Changes what one side says, and hands on any number of messages in its place. */
export type Tamper = (message: HandshakeMessage, from: Side) => readonly HandshakeMessage[];

/**
 * Runs two handshakes against each other without records, clocks or weather, with somebody between them who may change what is
 * said. Numbers are given anew, so that what was left out or added is not missed by them. Finished is in the second epoch.
 */
export function lockstep(
  client: HandshakeMachine,
  serverOf: (hello: HandshakeMessage) => HandshakeMachine,
  tamper: Tamper = (message) => [message],
): Record<Side, Outcome> {
  const outcomes: Record<Side, Outcome> = { client: { said: [] }, server: { said: [] } };
  const passed = { client: 0, server: 0 };
  const underWay: { readonly to: Side; readonly message: HandshakeMessage; readonly epoch: number }[] = [];
  let server: HandshakeMachine | undefined;

  function perform(side: Side, effects: readonly HandshakeEffect[]): void {
    const outcome = outcomes[side];
    for (const effect of effects) {
      if (effect.kind === "failed") outcome.failed = effect.why;
      if (effect.kind === "established") {
        outcome.identity = Buffer.from(effect.established.identity).toString();
        outcome.credential = effect.established.credential;
      }
      if (effect.kind !== "send") continue;
      for (const step of effect.flight) {
        if (step.kind !== "message") continue;
        outcome.said.push(step.message);
        const to = side === "client" ? "server" : "client";
        for (const message of tamper(step.message, side)) {
          underWay.push({ to, message: { ...message, sequence: passed[side]++ }, epoch: step.epoch });
        }
      }
    }
  }

  perform("client", client.begin());
  for (let next = underWay.shift(); next; next = underWay.shift()) {
    const { to, message, epoch } = next;
    if (outcomes[to].failed) continue;
    if (to === "server" && !server) {
      server = serverOf(message);
      perform("server", server.begin());
    } else perform(to, (to === "server" ? server! : client).receive(message, epoch));
  }
  return outcomes;
}
