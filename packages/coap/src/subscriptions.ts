import { invariant } from "@lamplighter/runtime/invariant";
import type { AnswerBlocks } from "./answer-blocks.ts";
import { FETCH, GET, isSuccess } from "./code.ts";
import { encodeMessage } from "./codec.ts";
import type { NotificationOutcome, OutgoingResponse, Subscriber } from "./exchange.ts";
import { CON, NON } from "./message.ts";
import type { Peer } from "./peer.ts";
import type { ServerRequest } from "./server-request.ts";
import { ConfirmableNotification, Subscription } from "./subscription.ts";
import { tokenKey } from "./token.ts";
import { sendBytes, type Wire } from "./wire.ts";

/** Who observes something of ours, and the notifications to them (RFC 7641 §4). */
export class Subscriptions {
  readonly #wire: Wire;
  readonly #blocks: AnswerBlocks;
  readonly #byKey = new Map<string, Subscription>();

  constructor(wire: Wire, blocks: AnswerBlocks) {
    this.#wire = wire;
    this.#blocks = blocks;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Gives a request that asks to observe its subscriber, and ends what one that asks to stop had. */
  note(request: ServerRequest): void {
    const { observe, path, query, accept } = request.options;
    if (observe === undefined || (request.method !== GET && request.method !== FETCH)) return;
    const key = `${request.host.id} ${tokenKey(request.token)}`;
    const former = this.#byKey.get(key);
    former?.end();
    if (observe !== 0 || this.#byKey.size >= this.#wire.limits.subscribersMax) return;
    request.subscriber = new Subscription(
      { host: request.host, token: request.token.slice(), path, query, method: request.method, accept, key, former },
      (over) => {
        if (this.#byKey.get(over.key) === over) this.#byKey.delete(over.key);
      },
    );
  }

  /** Starts or drops the subscription that the request asked for; the Observe value of the answer, if any. */
  settle({ subscriber, host }: ServerRequest, response: OutgoingResponse): number | undefined {
    if (!(subscriber instanceof Subscription)) return undefined;
    if (response.observe === undefined || !isSuccess(response.code)) {
      subscriber.end();
      return undefined;
    }
    this.#byKey.set(subscriber.key, subscriber);
    host.tie(subscriber);
    return subscriber.openSequence(response.observe);
  }

  notify(
    subscriber: Subscriber,
    response: OutgoingResponse & { readonly confirmable?: boolean },
    done?: (outcome: NotificationOutcome) => void,
  ): void {
    invariant(subscriber instanceof Subscription, "a subscriber comes from a request");
    const host = subscriber.host;
    if (!subscriber.live) {
      done?.("rejected");
      return;
    }
    const isLast = !isSuccess(response.code);
    const observe = isLast ? undefined : subscriber.takeSequence(response.observe);
    const { options, payload } = this.#blocks.ofNotification(subscriber, response, observe);
    const encode = (type: typeof CON, messageId: number) =>
      encodeMessage({ type, code: response.code, messageId, token: subscriber.token, options, payload });
    if (response.confirmable ?? true) {
      const notification = new ConfirmableNotification(this.#wire, subscriber, {
        encode: (messageId) => encode(CON, messageId),
        done: (outcome) => {
          if (isLast) subscriber.end();
          done?.(outcome);
        },
      });
      if (!this.#wire.turns.ask(host, notification)) done?.("timed-out");
      return;
    }
    const messageId = host.nextMessageId();
    host.noteNotification(messageId, subscriber);
    sendBytes(this.#wire, host, encode(NON, messageId));
    if (isLast) subscriber.end();
    done?.("delivered");
  }

  /** A reset to a non-confirmable notification ends its subscription (RFC 7641 §3.6). False when it speaks of none. */
  takeReset(peer: Peer, messageId: number): boolean {
    const subscription = peer.notificationOf(messageId);
    if (!(subscription instanceof Subscription)) return false;
    subscription.end();
    return true;
  }
}
