/** Longitude and latitude in WGS 84 degrees, in GeoJSON's order. */
export type Position = readonly [longitude: number, latitude: number];
/** Metres east and north of the middle of the town. */
export type Point = readonly [east: number, north: number];

/** The middle of the demo town: open sea, so that nobody mistakes it for a place. */
export const centre: Position = [4.05, 52.55];
const metresPerLatitude = 111_320;
const metresPerLongitude = metresPerLatitude * Math.cos((centre[1] * Math.PI) / 180);

/** Where a point lies on the globe, to about ten centimetres. */
export function positionOf([east, north]: Point): Position {
  return [rounded(centre[0] + east / metresPerLongitude), rounded(centre[1] + north / metresPerLatitude)];
}

const rounded = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;

/** A point by its distance from the middle and its angle, in radians from east towards north. */
export function polar(radius: number, angle: number): Point {
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

export function distance([x1, y1]: Point, [x2, y2]: Point): number {
  return Math.hypot(x1 - x2, y1 - y2);
}

export function turned([x, y]: Point, angle: number): Point {
  return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
}

/** An angle brought into 0 to 2π. */
export function wrapped(angle: number): number {
  const turn = 2 * Math.PI;
  return ((angle % turn) + turn) % turn;
}

/** From `from` to `to` in equal steps of about `step`, both ends included. */
export function steps(from: number, to: number, step: number): number[] {
  const count = Math.max(1, Math.round(Math.abs(to - from) / step));
  return Array.from({ length: count + 1 }, (_, index) => from + ((to - from) * index) / count);
}

export function isInside([x, y]: Point, ring: readonly Point[]): boolean {
  let inside = false;
  for (let index = 0; index < ring.length; index++) {
    const [x1, y1] = ring[index]!;
    const [x2, y2] = ring[(index + 1) % ring.length]!;
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

/** The line with fewer points, none of those left out further than `tolerance` metres away (Douglas and Peucker). */
export function simplified(line: readonly Point[], tolerance: number): Point[] {
  const [first, last] = [line[0], line.at(-1)];
  if (!first || !last || line.length < 3) return [...line];
  let farthest = 0;
  let reach = 0;
  for (let index = 1; index < line.length - 1; index++) {
    const away = distanceToLine(line[index]!, first, last);
    if (away > reach) [farthest, reach] = [index, away];
  }
  if (reach <= tolerance) return [first, last];
  const before = simplified(line.slice(0, farthest + 1), tolerance);
  return [...before.slice(0, -1), ...simplified(line.slice(farthest), tolerance)];
}

function distanceToLine([x, y]: Point, [x1, y1]: Point, [x2, y2]: Point): number {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length === 0) return Math.hypot(x - x1, y - y1);
  return Math.abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length;
}

/** The middle of the area within a closed ring: its centre of gravity. */
export function middle(ring: readonly Point[]): Point {
  let [area, east, north] = [0, 0, 0];
  for (const [index, [x, y]] of ring.slice(0, -1).entries()) {
    const [nextX, nextY] = ring[index + 1]!;
    const cross = x * nextY - nextX * y;
    area += cross;
    east += (x + nextX) * cross;
    north += (y + nextY) * cross;
  }
  return [east / (3 * area), north / (3 * area)];
}
