import type { Connection } from "../context.ts";
import { Problem } from "../problem.ts";
import { refusal } from "../refusal.ts";

/** Subscriptions on one connection. A tab has two or three. */
export const subscriptionsPerConnectionMax = 16;

/**
 * Hands on what a subscription tells, as long as its connection has a place for it.
 *
 * A body runs only when it is followed, which is after the middleware returned: a {@link Problem} that it throws is made a
 * refusal here, and the place on the connection is taken here too, so that it is surely given back.
 */
export async function* followed<Told>(
  connection: Connection | undefined,
  told: AsyncIterable<Told>,
): AsyncGenerator<Told, void, undefined> {
  if (connection && connection.subscriptions >= subscriptionsPerConnectionMax) {
    throw refusal(new Problem("too-many", "This tab follows too many things at once. Reload it."));
  }
  if (connection) connection.subscriptions++;
  try {
    yield* told;
  } catch (error) {
    throw error instanceof Problem ? refusal(error) : error;
  } finally {
    if (connection) connection.subscriptions--;
  }
}
