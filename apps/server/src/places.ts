/** Requests of one tab under way at once: a page asks a dozen things. */
export const requestsPerTabMax = 32;
/** Requests of one person under way at once, over all tabs and plain HTTP. */
export const requestsPersonMax = 256;
/** Tabs of one person connected at once. Beyond, a new one is refused with 429 and tries again. */
export const tabsPersonMax = 128;

/** Counts what each of many holds at once, and gives nobody more than `max`. */
export interface Places {
  /** Takes a place; what comes back gives it back, once. Undefined when all are taken. */
  take(who: string): (() => void) | undefined;
}

/** Keeps no more than a number for each who holds something now. */
export function places(max: number): Places {
  const taken = new Map<string, number>();
  return {
    take(who) {
      const now = taken.get(who) ?? 0;
      if (now >= max) return undefined;
      taken.set(who, now + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        const left = (taken.get(who) ?? 1) - 1;
        if (left > 0) taken.set(who, left);
        else taken.delete(who);
      };
    },
  };
}
