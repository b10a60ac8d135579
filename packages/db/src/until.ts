import type { Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds } from "@lamplighter/runtime/duration";

const pause = milliseconds(20);

/** Asks again and again until `probe` has an answer; undefined when `within` has passed without one. */
export async function until<T>(
  clock: Clock,
  within: Duration,
  probe: () => Promise<T | undefined> | T | undefined,
): Promise<T | undefined> {
  const deadline = clock.monotonic() + within;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (clock.monotonic() >= deadline) return undefined;
    await new Promise<void>((resolve) => void clock.after(pause, resolve));
  }
}
