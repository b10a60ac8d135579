import type { LightIdentity } from "@lamplighter/device/light-identity";
import { type Random, seeded } from "@lamplighter/runtime/random";
import { distance, type Point, type Position, polar, positionOf } from "./geometry.ts";
import type { Street, Town } from "./town.ts";
import { districtAt, districtNames, isInTown } from "./town-plan.ts";

/** A place for a light beside a street. `number` counts along the street, from 1. */
interface Post {
  readonly street: Street;
  readonly point: Point;
  readonly number: number;
}

const postMetresApart = 30;
/** How far a pole stands from the middle of its street; main streets are wider. */
const kerbMetres = { main: 9, side: 5 } as const;
/** Up to so many lights stand together in a few streets of each district, like a trial; more are spread over the town. */
const trialLightsMax = 40 * districtNames.length;
const trialLightsPerStreet = 12;

/** Cabinets that feed the lights around them, and masts whose cell they are in. */
const cabinets = sites(24, 1_750, 0.2);
const masts = sites(12, 1_600, 1.3);

/**
 * Places lights about 30 m apart along the streets, on alternating sides. A few stand together in every district, many
 * are spread over the whole town, and when there are more than posts they stand closer. The same seed gives the same
 * lights.
 */
export function placeLights(
  town: Town,
  count: number,
  { seed, prefix = "light" }: { readonly seed: number; readonly prefix?: string },
): LightIdentity[] {
  const random = seeded(seed);
  const posts = town.streets.flatMap(postsAlong).filter(({ point }) => isInTown(point));
  const chosen = count <= trialLightsMax ? trialPosts(posts, count) : spreadPosts(posts, count);
  const taken = new Set<string>();
  const names = new Set<string>();
  return chosen.map((post, index) => {
    const [longitude, latitude] = freePlace(post.point, taken, random);
    const cabinet = nearest(cabinets, post.point);
    const mast = nearest(masts, post.point);
    return {
      endpoint: `${prefix}-${String(index + 1).padStart(5, "0")}`,
      name: freeName(post, names),
      manufacturer: "Lumen Works",
      model: random.next() < 0.4 ? "LC-200" : "LC-100",
      hardwareRevision: random.next() < 0.7 ? "B" : "A",
      serialNumber: `LW${500_000 + index}`,
      firmwareVersion: random.next() < 0.75 ? "1.4.2" : "1.5.0",
      latitude,
      longitude,
      street: post.street.name,
      district: districtAt(post.point),
      feeder: `F${twoDigits(cabinet + 1)}`,
      cell: `C${twoDigits(mast + 1)}`,
      cellId: 40_001 + mast,
    };
  });
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

/** Lights that stand in rows: the streets nearest to the middle of the town, the same number in each district. */
function trialPosts(posts: readonly Post[], count: number): Post[] {
  const byDistrict = districtNames.map((name) => {
    const here = posts.filter(({ point }) => districtAt(point) === name);
    const streets = [...Map.groupBy(here, ({ street }) => street).values()];
    const near = (street: readonly Post[]) => Math.min(...street.map(({ point }) => Math.hypot(...point)));
    // Main streets last: they are borders, so half of their lights belong to another district.
    const rank = (street: readonly Post[]) => near(street) + (street[0]?.street.kind === "main" ? 100_000 : 0);
    streets.sort((a, b) => rank(a) - rank(b));
    // The first dozen of every street, and what is left of them only then.
    return [
      ...streets.flatMap((street) => street.slice(0, trialLightsPerStreet)),
      ...streets.flatMap((street) => street.slice(trialLightsPerStreet)),
    ];
  });
  return byDistrict.flatMap((district, index) => {
    const share = Math.floor(count / districtNames.length) + (index < count % districtNames.length ? 1 : 0);
    return district.slice(0, share);
  });
}

function spreadPosts(posts: readonly Post[], count: number): Post[] {
  const stride = posts.length / count;
  return Array.from({ length: count }, (_, index) => posts[Math.floor(index * stride)]!);
}

function postsAlong(street: Street): Post[] {
  const posts: Post[] = [];
  let next = postMetresApart / 2;
  for (const [index, to] of street.line.entries()) {
    const from = street.line[index - 1];
    if (!from) continue;
    const length = distance(from, to);
    for (; next < length; next += postMetresApart) {
      const share = next / length;
      const side = posts.length % 2 === 0 ? kerbMetres[street.kind] : -kerbMetres[street.kind];
      const [alongX, alongY] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
      const point: Point = [
        from[0] + (to[0] - from[0]) * share - alongY * side,
        from[1] + (to[1] - from[1]) * share + alongX * side,
      ];
      posts.push({ street, point, number: posts.length + 1 });
    }
    next -= length;
  }
  return posts;
}

/** A place at the post, or a few metres beside it where another light already stands. */
function freePlace(post: Point, taken: Set<string>, random: Random): Position {
  let place = positionOf(post);
  while (taken.has(place.join())) {
    place = positionOf([post[0] + (random.next() - 0.5) * 20, post[1] + (random.next() - 0.5) * 20]);
  }
  taken.add(place.join());
  return place;
}

/** `Harbour Avenue 14`, and `Harbour Avenue 14b` for the second light at one post. */
function freeName({ street, number }: Post, names: Set<string>): string {
  const plain = `${street.name} ${number}`;
  let name = plain;
  for (let letter = 1; names.has(name); letter++)
    name = `${plain}${"abcdefghijklmnopqrstuvwxyz"[letter] ?? `-${letter}`}`;
  names.add(name);
  return name;
}

/** Sites spread evenly over the town, like the seeds of a sunflower. */
function sites(count: number, reach: number, turn: number): Point[] {
  const goldenAngle = Math.PI * (3 - Math.sqrt(5));
  return Array.from({ length: count }, (_, index) =>
    polar(reach * Math.sqrt((index + 0.5) / count), turn + index * goldenAngle),
  );
}

function nearest(sites: readonly Point[], point: Point): number {
  let best = 0;
  for (const [index, site] of sites.entries()) {
    if (distance(site, point) < distance(sites[best]!, point)) best = index;
  }
  return best;
}

const twoDigits = (number: number): string => String(number).padStart(2, "0");
