import { isInside, type Point, polar, steps, turned, wrapped } from "./geometry.ts";

/** Six avenues leave the old town; each bends a little on its way. Angles in radians from east towards north. */
const avenues = [
  { name: "Harbour Avenue", angle: 5.76, bend: 0.16 },
  { name: "Station Avenue", angle: 0.35, bend: 0.28 },
  { name: "Northgate Avenue", angle: 1.38, bend: -0.3 },
  { name: "Mill Avenue", angle: 2.5, bend: 0.24 },
  { name: "Meadow Avenue", angle: 3.42, bend: 0.3 },
  { name: "Southbank Avenue", angle: 4.5, bend: -0.34 },
] as const;

/** The district that begins at the avenue of the same place in the list, going against the clock. */
const outerDistricts = ["Station", "Northgate", "Mill Quarter", "Meadows", "Southbank", "Harbour"].map(
  (_, index, names) => names[(index + 5) % 6]!,
);
export const oldTown = "Old Town";
export const districtNames: readonly string[] = [oldTown, ...outerDistricts];

const reach = 2_500;

/** Where the town ends, in metres from the middle. */
export const townEdge = (angle: number): number =>
  2_250 * (1 + 0.07 * Math.sin(2 * angle + 1.1) + 0.04 * Math.sin(5 * angle));
/** Whether a point lies in the town, at least `inset` metres from its end. */
export function isInTown([x, y]: Point, inset = 0): boolean {
  return Math.hypot(x, y) < townEdge(Math.atan2(y, x)) - inset;
}
/** The wall of the old town, a street today. */
export const wallAt = (angle: number): number =>
  560 * (1 + 0.08 * Math.sin(3 * angle + 0.4) + 0.04 * Math.sin(7 * angle));
/** The ring road half-way out. */
export const ringAt = (angle: number): number =>
  1_330 * (1 + 0.06 * Math.sin(2 * angle + 2.4) + 0.03 * Math.sin(5 * angle + 1));

export const avenueCount = avenues.length;
export const avenueName = (avenue: number): string => avenues[avenue]?.name ?? "";
export function avenueAngle(avenue: number, radius: number): number {
  const { angle, bend } = avenues[avenue] ?? { angle: 0, bend: 0 };
  return angle + bend * (radius / reach) ** 1.6;
}

/** The district that a point of the town belongs to. */
export function districtAt([x, y]: Point): string {
  const radius = Math.hypot(x, y);
  const angle = Math.atan2(y, x);
  if (radius < wallAt(angle)) return oldTown;
  const turns = avenues.map((_, avenue) => wrapped(angle - avenueAngle(avenue, radius)));
  return outerDistricts[turns.indexOf(Math.min(...turns))] ?? oldTown;
}

/** The border of a district, as a closed ring. */
export function districtRing(name: string): Point[] {
  if (name === oldTown) return around(wallAt);
  const from = outerDistricts.indexOf(name);
  const to = (from + 1) % avenueCount;
  const edge = (avenue: number) => townEdge(avenueAngle(avenue, reach * 0.9));
  const along = (avenue: number) =>
    steps(wallAt(avenueAngle(avenue, 560)), edge(avenue), 120).map((radius) =>
      polar(radius, avenueAngle(avenue, radius)),
    );
  const arc = (border: (angle: number) => number, start: number, turn: number) =>
    steps(start, start + turn, 0.06).map((angle) => polar(border(angle), angle));
  const [outerStart, outerEnd] = [from, to].map((avenue) => avenueAngle(avenue, edge(avenue))) as [number, number];
  const [innerStart, innerEnd] = [from, to].map((avenue) => avenueAngle(avenue, 560)) as [number, number];
  const ring = [
    ...along(from),
    ...arc(townEdge, outerStart, wrapped(outerEnd - outerStart)),
    ...along(to).reverse(),
    ...arc(wallAt, innerEnd, -wrapped(innerEnd - innerStart)),
  ];
  return [...ring, ring[0]!];
}

/** A closed line around the middle at a distance that depends on the angle. */
export function around(border: (angle: number) => number): Point[] {
  const ring = steps(0, 2 * Math.PI, 0.04).map((angle) => polar(border(angle), angle));
  return [...ring.slice(0, -1), ring[0]!];
}

/** The river runs from west to east below the old town and widens into the harbour. */
export const riverEnds: readonly [number, number] = [-3_600, 3_900];
export const riverMiddle = (x: number): number => -960 + 190 * Math.sin(x / 760 + 0.6) + 50 * Math.sin(x / 290);
export function riverHalfWidth(x: number): number {
  const mouth = Math.min(1, Math.max(0, (x - 900) / 1_700));
  return 46 + 8 * Math.sin(x / 210) + 330 * mouth * mouth * (3 - 2 * mouth);
}

/** Metres to the nearest bank, about; negative in the water. */
export function shoreDistance([x, y]: Point): number {
  return Math.abs(y - riverMiddle(x)) - riverHalfWidth(x);
}

/** Whether a main road may run here: on land, or over a bridge where the river is narrow enough for one. */
export function isPassable(point: Point): boolean {
  return shoreDistance(point) > 20 || riverHalfWidth(point[0]) < 90;
}

export interface Green {
  readonly name: string;
  readonly middle: Point;
  readonly size: Point;
  readonly turn: number;
  readonly seed: number;
}

export const greens: readonly Green[] = [
  { name: "Market Green", middle: [20, 10], size: [70, 52], turn: 0.4, seed: 1 },
  { name: "Linden Park", middle: [1_000, 830], size: [330, 210], turn: 0.7, seed: 2 },
  { name: "Heron Meadow", middle: [-1_440, -330], size: [420, 250], turn: 0.25, seed: 3 },
  { name: "Northgate Cemetery", middle: [-130, 1_640], size: [170, 130], turn: 0.1, seed: 4 },
  { name: "Mill Common", middle: [-1_010, 760], size: [150, 115], turn: 1.1, seed: 5 },
  { name: "Southbank Playing Fields", middle: [-420, -1_620], size: [210, 120], turn: 0.2, seed: 6 },
  { name: "Station Gardens", middle: [1_180, -90], size: [120, 90], turn: 0.5, seed: 7 },
  { name: "Castle Garden", middle: [-300, 190], size: [90, 70], turn: 0.9, seed: 8 },
];
/** A pond in the meadow. */
export const pond: Green = { name: "Heron Pond", middle: [-1_500, -300], size: [130, 62], turn: 0.6, seed: 9 };

/** The outline of a green, a little `wider` than it is if asked; soft-edged, like a hand-drawn one. */
export function greenRing({ middle, size, turn, seed }: Green, wider = 0): Point[] {
  const ring = steps(0, 2 * Math.PI, 0.22).map((angle): Point => {
    const wobble = 1 + 0.09 * Math.sin(3 * angle + seed) + 0.06 * Math.sin(5 * angle + 2 * seed);
    const [x, y] = turned(
      [(size[0] * wobble + wider) * Math.cos(angle), (size[1] * wobble + wider) * Math.sin(angle)],
      turn,
    );
    return [middle[0] + x, middle[1] + y];
  });
  return [...ring.slice(0, -1), ring[0]!];
}

const avoided = greens.map((green) => greenRing(green, 14));

/** Whether a street may run here: inside the town, on dry land, and not through a green. */
export function isBuildable(point: Point): boolean {
  if (!isInTown(point) || shoreDistance(point) < 34) return false;
  return !avoided.some((ring) => isInside(point, ring));
}
