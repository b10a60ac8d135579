import type { LightIdentity } from "@lamplighter/device/light-identity";
import { type Random, seeded } from "@lamplighter/runtime/random";

/** Longitude and latitude in WGS 84 degrees, in GeoJSON's order. */
export type Position = readonly [longitude: number, latitude: number];

export interface Street {
  readonly name: string;
  readonly kind: "main" | "side";
  readonly line: readonly Position[];
}

export interface Town {
  readonly streets: readonly Street[];
  readonly districts: readonly { readonly name: string; readonly ring: readonly Position[] }[];
  readonly water: readonly Position[];
  readonly parks: readonly { readonly name: string; readonly ring: readonly Position[] }[];
}

/** The middle of the demo town: open sea, so that nobody mistakes it for a place. */
export const centre: Position = [4.05, 52.55];
const metresPerDegree = 111_320;
const radius = 2_600;

const districtNames = ["Harbour", "Old Town", "Mill Quarter", "Northgate", "Station", "Meadows"];
const firstWords = [
  "Harbour",
  "Mill",
  "Chapel",
  "Lantern",
  "Foundry",
  "Orchard",
  "Rope",
  "Bishop",
  "Tanner",
  "Linden",
  "Weaver",
  "Beacon",
  "Cooper",
  "Juniper",
  "Market",
  "Salt",
  "Vine",
  "Anchor",
  "Heron",
  "Quarry",
  "Bell",
  "Garden",
  "Copper",
  "Maple",
  "Ferry",
];
const lastWords = ["Road", "Lane", "Street", "Row", "Walk", "Close"];

/** Draws the town. The same every time: its map lies in `public/town.geojson`, and lights must stand on its streets. */
export function drawTown(): Town {
  const random = seeded(1882);
  const streets: Street[] = [];
  const names = nameStreets();
  // Six avenues run from the market to the edge, each with a bend of its own.
  for (let spoke = 0; spoke < 6; spoke++) {
    const heading = (spoke / 6) * 2 * Math.PI + 0.25;
    const bend = (random.next() - 0.5) * 0.5;
    const line = range(14).map((step) => polar(120 + (step / 13) * (radius - 150), heading + bend * (step / 13) ** 2));
    streets.push({ name: `${districtNames[spoke]} Avenue`, kind: "main", line });
  }
  // Four rings cross them.
  for (const [index, ring] of [420, 950, 1_600, 2_300].entries()) {
    const line = range(73).map((step) =>
      polar(ring * (1 + 0.04 * Math.sin((step / 72) * 6 * Math.PI + index)), (step / 72) * 2 * Math.PI),
    );
    streets.push({
      name: ["Market Ring", "Inner Ring", "Park Ring", "Outer Ring"][index] ?? "Ring",
      kind: "main",
      line,
    });
  }
  // Between them, side streets: arcs and short radial lanes in each sixth.
  for (let sector = 0; sector < 6; sector++) {
    const from = (sector / 6) * 2 * Math.PI + 0.25;
    for (let distance = 560; distance < radius - 150; distance += 130) {
      if ([950, 1_600, 2_300].some((ring) => Math.abs(ring - distance) < 70)) continue;
      const start = from + 0.12 + random.next() * 0.05;
      const end = from + Math.PI / 3 - 0.12 - random.next() * 0.12;
      const line = range(12).map((step) => polar(distance + 12 * Math.sin(step), start + ((end - start) * step) / 11));
      streets.push({ name: names(), kind: "side", line });
    }
    for (let lane = 1; lane <= 4; lane++) {
      const heading = from + (lane / 5) * (Math.PI / 3);
      const inner = 480 + random.next() * 200;
      const outer = 1_500 + random.next() * 800;
      const line = range(8).map((step) => polar(inner + ((outer - inner) * step) / 7, heading + 0.02 * Math.sin(step)));
      streets.push({ name: names(), kind: "side", line });
    }
  }
  const districts = districtNames.map((name, index) => {
    const from = (index / 6) * 2 * Math.PI + 0.25 - Math.PI / 6;
    const arc = range(13).map((step) => polar(radius, from + ((Math.PI / 3) * step) / 12));
    return { name, ring: [polar(0, 0), ...arc, polar(0, 0)] };
  });
  const bank = range(40).map((step) => offset(-3_400 + step * 175, -1_900 + 260 * Math.sin(step / 6)));
  const otherBank = range(40).map((step) => offset(3_425 - step * 175, -2_160 + 260 * Math.sin((39 - step) / 6)));
  const parks = [
    { name: "Lindenpark", ring: blob(offset(1_150, 1_050), 300, random) },
    { name: "Heron Meadow", ring: blob(offset(-1_500, 700), 240, random) },
    { name: "Market Green", ring: blob(offset(-60, 250), 95, random) },
  ];
  return { streets, districts, water: [...bank, ...otherBank, bank[0] ?? centre], parks };
}

/** Places lights about 30 m apart along the streets, spread over the whole town when there are few. */
export function placeLights(town: Town, count: number, seed: number): LightIdentity[] {
  const random = seeded(seed);
  const posts = town.streets.flatMap((street) => postsAlong(street));
  // More lights than posts: they stand closer.
  const identities: LightIdentity[] = [];
  const taken = new Set<string>();
  const stride = posts.length / count;
  const numbers = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const post = posts[Math.floor(index * stride) % posts.length];
    if (!post) break;
    const number = (numbers.get(post.street.name) ?? 0) + 1;
    numbers.set(post.street.name, number);
    const [longitude, latitude] = free(post.position, taken, random);
    const district = districtAt(post.position);
    const isLarge = random.next() < 0.4;
    const name = `${post.street.name} ${number}`;
    identities.push({
      endpoint: `light-${String(index + 1).padStart(5, "0")}`,
      name,
      manufacturer: "Lumen Works",
      model: isLarge ? "LC-200" : "LC-100",
      hardwareRevision: random.next() < 0.7 ? "B" : "A",
      serialNumber: `LW${String(500_000 + index)}`,
      firmwareVersion: random.next() < 0.75 ? "1.4.2" : "1.5.0",
      latitude,
      longitude,
      street: post.street.name,
      district,
      feeder: `F${String(1 + (hash(post.street.name) % 24)).padStart(2, "0")}`,
      cell: `C${1 + (districtNames.indexOf(district) % 6)}${1 + (hash(post.street.name) % 3)}`,
      cellId: 40_000 + districtNames.indexOf(district) * 10 + (hash(post.street.name) % 3),
    });
  }
  return identities;
}

/** What an operator would import for lights that cannot say where they stand. */
export function placesAsCsv(lights: readonly LightIdentity[]): string {
  const head = "endpoint,name,latitude,longitude,street,district,feeder,cell,model";
  const rows = lights.map((light) =>
    [
      light.endpoint,
      light.name,
      light.latitude,
      light.longitude,
      light.street,
      light.district,
      light.feeder,
      light.cell,
      light.model,
    ].join(","),
  );
  return `${[head, ...rows].join("\n")}\n`;
}

/** The town as GeoJSON; each feature's `kind` says how to draw it. */
export function townAsGeoJson(town: Town): object {
  const polygon = (kind: string, name: string, ring: readonly Position[]) =>
    feature({ kind, name }, "Polygon", [ring.map(rounded)]);
  return {
    type: "FeatureCollection",
    features: [
      ...town.districts.map(({ name, ring }) => polygon("district", name, ring)),
      polygon("water", "River Lume", town.water),
      ...town.parks.map(({ name, ring }) => polygon("park", name, ring)),
      ...town.streets.map(({ name, kind, line }) =>
        feature({ kind: kind === "main" ? "main-street" : "street", name }, "LineString", line.map(rounded)),
      ),
    ],
  };
}

function feature(properties: object, type: string, coordinates: unknown) {
  return { type: "Feature", properties, geometry: { type, coordinates } };
}

function postsAlong(street: Street): { street: Street; position: Position }[] {
  const posts: { street: Street; position: Position }[] = [];
  let walked = 0;
  for (let index = 1; index < street.line.length; index++) {
    const from = street.line[index - 1];
    const to = street.line[index];
    if (!from || !to) continue;
    const length = distance(from, to);
    for (; walked < length; walked += 30) {
      const share = walked / length;
      const side = posts.length % 2 === 0 ? 0.00006 : -0.00006;
      posts.push({
        street,
        position: [from[0] + (to[0] - from[0]) * share + side, from[1] + (to[1] - from[1]) * share + side / 2],
      });
    }
    walked -= length;
  }
  return posts;
}

/** A place at the post, or a few metres beside it where another light already stands. */
function free(post: Position, taken: Set<string>, random: Random): Position {
  let place = rounded(post);
  while (taken.has(place.join())) {
    place = rounded([post[0] + (random.next() - 0.5) * 0.0003, post[1] + (random.next() - 0.5) * 0.0002]);
  }
  taken.add(place.join());
  return place;
}

function districtAt([longitude, latitude]: Position): string {
  const [x, y] = metres([longitude, latitude]);
  const turn = (Math.atan2(y, x) - 0.25 + Math.PI / 6 + 4 * Math.PI) % (2 * Math.PI);
  return districtNames[Math.floor(turn / (Math.PI / 3)) % 6] ?? "Old Town";
}

function nameStreets(): () => string {
  let next = 0;
  return () => {
    const first = firstWords[next % firstWords.length];
    const last = lastWords[Math.floor(next / firstWords.length) % lastWords.length];
    const round = Math.floor(next / (firstWords.length * lastWords.length));
    next++;
    return round === 0 ? `${first} ${last}` : `${first} ${last} ${round + 1}`;
  };
}

function blob(middle: Position, size: number, random: Random): Position[] {
  const [x, y] = metres(middle);
  const ring = range(18).map((step) => {
    const reach = size * (0.8 + random.next() * 0.35);
    const angle = (step / 18) * 2 * Math.PI;
    return offset(x + reach * Math.cos(angle), y + reach * Math.sin(angle));
  });
  return [...ring, ring[0] ?? middle];
}

function polar(distanceMetres: number, heading: number): Position {
  return offset(distanceMetres * Math.cos(heading), distanceMetres * Math.sin(heading));
}

function offset(east: number, north: number): Position {
  const perLongitude = metresPerDegree * Math.cos((centre[1] * Math.PI) / 180);
  return [centre[0] + east / perLongitude, centre[1] + north / metresPerDegree];
}

function metres([longitude, latitude]: Position): [number, number] {
  const perLongitude = metresPerDegree * Math.cos((centre[1] * Math.PI) / 180);
  return [(longitude - centre[0]) * perLongitude, (latitude - centre[1]) * metresPerDegree];
}

function distance(a: Position, b: Position): number {
  const [ax, ay] = metres(a);
  const [bx, by] = metres(b);
  return Math.hypot(ax - bx, ay - by);
}

function hash(text: string): number {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const round = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;
const rounded = ([longitude, latitude]: Position): Position => [round(longitude), round(latitude)];
