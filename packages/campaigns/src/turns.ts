/**
 * Lets those who would change one campaign do so one after the other: a person's command does not fall between what a
 * tick read and what it decides from that. Campaigns do not wait for each other.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` when all that was asked for before under this key has ended, well or badly. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#last.set(key, turn);
    const forget = () => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    void turn.then(forget, forget);
    return turn;
  }
}
