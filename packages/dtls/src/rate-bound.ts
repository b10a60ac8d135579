/**
 * So many in a second and no more, with a second's worth at once after a rest: a bound for what is costly and anybody may ask for.
 */
export class RateBound {
  readonly #options: { readonly perSecondMax: number; readonly monotonic: () => number };
  #left: number;
  #countedAt: number;

  constructor(options: { readonly perSecondMax: number; readonly monotonic: () => number }) {
    this.#options = options;
    this.#left = options.perSecondMax;
    this.#countedAt = options.monotonic();
  }

  /** Takes one, if there is one left. */
  take(): boolean {
    const { perSecondMax, monotonic } = this.#options;
    const now = monotonic();
    this.#left = Math.min(perSecondMax, this.#left + ((now - this.#countedAt) * perSecondMax) / 1_000);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
