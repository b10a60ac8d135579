/** A lamp and what it has lived through. */
export interface Lamp {
  /** Percent of full light that it gives now; 0 while its controller has no power. */
  readonly level: number;
  readonly switches: number;
  readonly litSeconds: number;
  /** When `level` was last set, in seconds since 1970. */
  readonly since: number;
}

/** The lamp at another level; what it burned so far is added up. */
export function withLevel(lamp: Lamp, level: number, nowSeconds: number): Lamp {
  if (level === lamp.level) return lamp;
  const isSwitched = (level === 0) !== (lamp.level === 0);
  return {
    level,
    switches: lamp.switches + (isSwitched ? 1 : 0),
    litSeconds: litSecondsAt(lamp, nowSeconds),
    since: nowSeconds,
  };
}

/** Seconds for which the lamp has given light, up to a moment. */
export function litSecondsAt(lamp: Lamp, nowSeconds: number): number {
  return lamp.litSeconds + (lamp.level > 0 ? Math.max(0, nowSeconds - lamp.since) : 0);
}

const daySeconds = 86_400;

/**
 * Degrees Celsius inside the luminaire, whole ones: the air's daily swing and the driver's own heat. `place` shifts
 * lights against each other by up to a few degrees.
 */
export function gearTemperature(level: number, nowSeconds: number, place: number): number {
  const swing = Math.sin((2 * Math.PI * (nowSeconds - 9 * 3_600)) / daySeconds);
  return Math.round(12 + 6 * swing + (place % 5) + 0.26 * level);
}

/** Watts drawn at a level by a lamp of this nominal power. The driver takes a little even when dark. */
export function activePower(level: number, nominalWatts: number): number {
  const watts = level === 0 ? 0.4 : nominalWatts * (0.06 + (0.94 * level) / 100);
  return Math.round(watts * 10) / 10;
}
