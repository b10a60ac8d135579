import { type Random, seeded } from "@lamplighter/runtime/random";
import {
  distance,
  middle,
  type Point,
  type Position,
  polar,
  positionOf,
  simplified,
  steps,
  turned,
} from "./geometry.ts";
import { nameStreets } from "./street-names.ts";
import {
  around,
  avenueAngle,
  avenueCount,
  avenueName,
  districtAt,
  districtNames,
  districtRing,
  greenRing,
  greens,
  isBuildable,
  isInTown,
  isPassable,
  oldTown,
  pond,
  ringAt,
  riverEnds,
  riverHalfWidth,
  riverMiddle,
  townEdge,
  wallAt,
} from "./town-plan.ts";

export interface Street {
  readonly name: string;
  readonly kind: "main" | "side";
  readonly line: readonly Point[];
}

export interface Area {
  readonly name: string;
  readonly ring: readonly Point[];
}

/** The demo town. It lies on a plane of metres; {@link townAsGeoJson} puts it on the globe. */
export interface Town {
  readonly streets: readonly Street[];
  readonly districts: readonly Area[];
  readonly water: readonly Area[];
  readonly parks: readonly Area[];
}

/** How the streets of a district are laid out: blocks of this size, turned by this angle. */
interface Grid {
  readonly district: string;
  readonly turn: number;
  readonly block: Point;
}

const grids: readonly Grid[] = districtNames.map((district, index) => ({
  district,
  turn: [0.35, 0.12, 0.85, 0.3, 1.05, 0.55, 0.2][index] ?? 0,
  block:
    district === oldTown
      ? [92, 74]
      : ([
          [176, 102],
          [150, 96],
          [190, 110],
        ][index % 3] as [number, number]),
}));
const sampleMetres = 12;
const shortestStreetMetres = 90;
const mostMetresOff = 1.5;

/** Draws the town. The same every time: its map lies in `public/town.geojson`, and lights must stand on its streets. */
export function drawTown(): Town {
  const random = seeded(1882);
  const nextName = nameStreets();
  const side = grids.flatMap((grid) =>
    gridLines(grid, random).map((line): Street => ({ name: nextName(), kind: "side", line: thinned(outward(line)) })),
  );
  return {
    streets: [...mainStreets(), ...side],
    districts: districtNames.map((name) => ({ name, ring: thinned(districtRing(name)) })),
    water: [
      { name: "River Lume", ring: thinned(river()) },
      { name: pond.name, ring: greenRing(pond) },
    ],
    parks: greens.map((green) => ({ name: green.name, ring: greenRing(green) })),
  };
}

const thinned = (line: readonly Point[]): Point[] => simplified(line, mostMetresOff);

/** The line, begun at the end that is nearer to the market: from there the numbers count. */
function outward(line: readonly Point[]): readonly Point[] {
  const [first, last] = [line[0], line.at(-1)];
  return first && last && Math.hypot(...last) < Math.hypot(...first) ? line.toReversed() : line;
}

function mainStreets(): Street[] {
  const main = (name: string, line: readonly Point[]): Street => ({ name, kind: "main", line: thinned(line) });
  const radial = Array.from({ length: avenueCount }, (_, avenue) => {
    // A road goes on for a while where the town has ended.
    const end = townEdge(avenueAngle(avenue, 2_200)) + 260;
    const line = steps(110, end, 20).map((radius) => polar(radius, avenueAngle(avenue, radius)));
    return runs(line, isPassable).map((run) => main(avenueName(avenue), run));
  });
  const quay = (name: string, bank: 1 | -1) => {
    const line = steps(-2_400, 2_300, 30).map((x): Point => [x, riverMiddle(x) + bank * (riverHalfWidth(x) + 24)]);
    return runs(line, (point) => isInTown(point, 40)).map((run) => main(name, run));
  };
  return [
    ...radial.flat(),
    main("Wall Street", around(wallAt)),
    main("Ring Road", around(ringAt)),
    ...quay("North Quay", 1),
    ...quay("South Quay", -1),
  ];
}

/** Both directions of a district's streets, bent by the lie of the land, and cut where they may not run. */
function gridLines(grid: Grid, random: Random): Point[][] {
  const reach = 2_700;
  const directions = [
    { apart: grid.block[1], turn: grid.turn },
    { apart: grid.block[0], turn: grid.turn + Math.PI / 2 },
  ];
  return directions.flatMap(({ apart, turn }) => {
    const lines: Point[][] = [];
    for (let across = -reach; across < reach; across += apart * (0.88 + random.next() * 0.24)) {
      const inset = random.next() * 260;
      const isStreet = (point: Point) =>
        districtAt(point) === grid.district && isBuildable(point) && isInTown(point, inset);
      const line = steps(-reach, reach, sampleMetres).map((along) => bent(turned([along, across], turn)));
      for (const run of runs(line, isStreet)) {
        // Here and there a block is larger than its neighbours.
        if (lengthOf(run) >= shortestStreetMetres && random.next() > 0.1) lines.push(run);
      }
    }
    return lines;
  });
}

/** Old paths followed the land, not a ruler. */
function bent([x, y]: Point): Point {
  return [
    x + 34 * Math.sin(y / 430 + 1) + 9 * Math.sin(y / 130),
    y + 34 * Math.sin(x / 510 + 2) + 9 * Math.sin(x / 150),
  ];
}

/** The parts of a line on which all points are allowed, each drawn on to the very border. */
function runs(line: readonly Point[], isAllowed: (point: Point) => boolean): Point[][] {
  const found: Point[][] = [];
  let run: Point[] | undefined;
  let before: Point | undefined;
  for (const point of line) {
    const allowed = isAllowed(point);
    if (allowed && !run) {
      run = before ? [border(point, before, isAllowed)] : [];
      found.push(run);
    }
    if (allowed) run?.push(point);
    else if (run && before) {
      run.push(border(before, point, isAllowed));
      run = undefined;
    }
    before = point;
  }
  return found;
}

/** The last allowed point between an allowed one and one that is not. */
function border(inside: Point, outside: Point, isAllowed: (point: Point) => boolean): Point {
  let [near, far] = [inside, outside];
  for (let halving = 0; halving < 6; halving++) {
    const middle: Point = [(near[0] + far[0]) / 2, (near[1] + far[1]) / 2];
    if (isAllowed(middle)) near = middle;
    else far = middle;
  }
  return near;
}

function lengthOf(line: readonly Point[]): number {
  return line.reduce((sum, point, index) => sum + (index === 0 ? 0 : distance(line[index - 1]!, point)), 0);
}

function river(): Point[] {
  const bank = (side: 1 | -1) =>
    steps(...riverEnds, 40).map((x): Point => [x, riverMiddle(x) + side * riverHalfWidth(x)]);
  const ring = [...bank(1), ...bank(-1).reverse()];
  return [...ring, ring[0]!];
}

/** The town as GeoJSON; each feature's `kind` says how to draw it. */
export function townAsGeoJson(town: Town): object {
  const area = (kind: string) => (each: Area) =>
    feature({ kind, name: each.name }, "Polygon", [each.ring.map(positionOf)]);
  return {
    type: "FeatureCollection",
    features: [
      ...town.districts.map(area("district")),
      ...town.parks.map(area("park")),
      ...town.water.map(area("water")),
      // One point a name: an area is cut into tiles by the map, and would be named in each.
      ...[...town.districts, ...town.parks].map(({ name, ring }) =>
        feature({ kind: "place-name", name }, "Point", positionOf(middle(ring))),
      ),
      ...town.streets.map(({ name, kind, line }) =>
        feature({ kind: kind === "main" ? "main-street" : "street", name }, "LineString", line.map(positionOf)),
      ),
    ],
  };
}

function feature(
  properties: object,
  type: string,
  coordinates: Position | readonly Position[] | readonly (readonly Position[])[],
) {
  return { type: "Feature", properties, geometry: { type, coordinates } };
}
