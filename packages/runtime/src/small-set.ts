const none: readonly never[] = [];
/** Up to so many an array is smaller than a set, and no slower to look through. */
const arrayMax = 8;

/**
 * A set that costs almost nothing while it is empty or has a few members, for what there are hundreds of thousands of.
 *
 * Members are kept in the order added. It may be changed while it is gone through: those who go through it see it as it
 * was, up to some eight members.
 */
export class SmallSet<T> implements Iterable<T> {
  #members: readonly T[] | Set<T> = none;

  get size(): number {
    return this.#members instanceof Set ? this.#members.size : this.#members.length;
  }

  has(member: T): boolean {
    return this.#members instanceof Set ? this.#members.has(member) : this.#members.includes(member);
  }

  add(member: T): this {
    const members = this.#members;
    if (members instanceof Set) members.add(member);
    else if (!members.includes(member)) {
      // concat() takes exactly the room that is needed; push() takes room for sixteen more.
      this.#members = members.length < arrayMax ? members.concat([member]) : new Set([...members, member]);
    }
    return this;
  }

  /** False when it was no member. */
  delete(member: T): boolean {
    const members = this.#members;
    if (members instanceof Set) return members.delete(member);
    if (!members.includes(member)) return false;
    this.#members = members.length === 1 ? none : members.filter((each) => each !== member);
    return true;
  }

  clear(): void {
    this.#members = none;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members[Symbol.iterator]();
  }
}
