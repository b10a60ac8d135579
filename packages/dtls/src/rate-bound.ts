/** While less than this part is left, nobody has more than {@link askerShare} of a second's worth. */
const keptForOthers = 1 / 2;
export const askerShare = 1 / 16;

/**
 * So many in a second and no more, with a second's worth at once after a rest: a bound for what is costly and anybody may ask for.
 *
 * One who asks without end has what nobody else wants: half is kept for those who asked for little.
 */
export class RateBound {
  readonly #options: { readonly perSecondMax: number; readonly monotonic: () => number };
  #left: number;
  #countedAt: number;
  /** What each had in the second that began then: no more entries than a second and a rest allow. */
  readonly #hadBy = new Map<string, number>();
  #secondAt: number;

  constructor(options: { readonly perSecondMax: number; readonly monotonic: () => number }) {
    this.#options = options;
    this.#left = options.perSecondMax;
    this.#countedAt = this.#secondAt = options.monotonic();
  }

  /** Takes one for somebody, if there is one left for him. */
  take(asker: string): boolean {
    const { perSecondMax, monotonic } = this.#options;
    const now = monotonic();
    this.#left = Math.min(perSecondMax, this.#left + ((now - this.#countedAt) * perSecondMax) / 1_000);
    this.#countedAt = now;
    if (now - this.#secondAt >= 1_000) {
      this.#hadBy.clear();
      this.#secondAt = now;
    }
    const had = this.#hadBy.get(asker) ?? 0;
    const isGreedy = had >= Math.max(1, perSecondMax * askerShare);
    if (this.#left < 1 || (isGreedy && this.#left <= perSecondMax * keptForOthers)) return false;
    this.#left--;
    this.#hadBy.set(asker, had + 1);
    return true;
  }
}
