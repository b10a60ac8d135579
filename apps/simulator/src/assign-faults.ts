import { type FaultKind, faultKinds } from "@lamplighter/device/faults";
import { seeded } from "@lamplighter/runtime/random";

/**
 * Says which light has which fault, by the light's place in the list. The same seed gives the same faults; the first
 * `reference` lights have none. Throws RangeError when there are too few lights.
 */
export function assignFaults(
  count: number,
  reference: number,
  { faults, seed }: { faults: Readonly<Partial<Record<FaultKind, number>>>; seed: number },
): ReadonlyMap<number, FaultKind> {
  const random = seeded(seed);
  const free = Array.from({ length: Math.max(0, count - reference) }, (_, index) => index + reference);
  const assigned = new Map<number, FaultKind>();
  for (const kind of faultKinds) {
    for (let n = 0; n < (faults[kind] ?? 0); n++) {
      const [light] = free.splice(Math.floor(random.next() * free.length), 1);
      if (light === undefined) throw new RangeError(`${count} lights are too few for the faults that were asked for`);
      assigned.set(light, kind);
    }
  }
  return assigned;
}
