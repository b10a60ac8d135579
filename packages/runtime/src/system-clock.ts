import type { Clock } from "./clock.ts";

/** Delays above this overflow the host's timer, which would then fire at once. Longer ones are chained. */
const delayMax = 2 ** 31 - 1;

/** The host's clock. Only `apps/` and benchmarks construct it; everything else is handed a {@link Clock}. */
export function systemClock(): Clock {
  return {
    monotonic: () => performance.now(),
    now: () => new Date(),
    after(delay, wake) {
      let timer: NodeJS.Timeout;
      const arm = (left: number) => {
        timer = left > delayMax ? setTimeout(() => arm(left - delayMax), delayMax) : setTimeout(wake, left);
      };
      arm(Math.max(0, delay));
      return () => clearTimeout(timer);
    },
  };
}
