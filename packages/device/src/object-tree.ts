import {
  type InstanceNode,
  instance,
  multiple,
  type Node,
  type ObjectNode,
  object,
  type ResourceNode,
  single,
} from "@lamplighter/lwm2m/node";
import type { Path } from "@lamplighter/lwm2m/path";
import { boolean, float, integer, text, time, unsigned } from "@lamplighter/lwm2m/value";
import type { FirmwareMachine } from "./firmware-machine.ts";
import { activePower } from "./lamp.ts";
import type { LightIdentity } from "./light-identity.ts";
import type { LightSettings } from "./light-settings.ts";
import { type SoftwareShown, softwareHidden, softwareObject } from "./software-object.ts";

/** Versions of object 5 that a light can have: 1.1 added Cancel, Severity and the deferral, 1.2 the automatic upgrade. */
export type FirmwareObjectVersion = "1.0" | "1.1" | "1.2";

/** How a light takes an image (object 5, resource 9): it fetches it or is sent it. */
export type LightDelivery = "pull" | "push";
const deliveryNumbers: Readonly<Record<LightDelivery, number>> = { pull: 0, push: 1 };

/** Everything that a light can be asked for, at one moment. */
export interface LightState {
  readonly identity: LightIdentity;
  readonly settings: LightSettings;
  readonly firmwareObject: FirmwareObjectVersion;
  readonly firmwareVersion: string;
  readonly delivery: LightDelivery;
  /** Numbers of the protocols by which it fetches. */
  readonly protocols: readonly number[];
  readonly firmware: FirmwareMachine;
  /** Where it was told to fetch an image from; empty when nowhere. */
  readonly packageUri: string;
  /** Seconds since 1970. */
  readonly firmwareChangedAt: number;
  /** Percent that the lamp gives now. */
  readonly level: number;
  readonly lampHours: number;
  readonly lampSwitches: number;
  readonly gearTemperature: number;
  readonly rssi: number;
  /** Seconds since 1970. */
  readonly nowSeconds: number;
  readonly bytesReceived: number;
  /** Of the server that the light is registered with: its short server id, and its instance of object 1. */
  readonly account: { readonly shortServerId: number; readonly instance: number };
  /** Whether the light has a bootstrap server to ask. */
  readonly canBootstrap: boolean;
  /** Instances of its object 9; none for a light without that object. */
  readonly software: readonly SoftwareShown[];
}

/** What decides which resources a light has. */
type Equipment = Pick<LightState, "firmwareObject" | "canBootstrap">;

/** What can be executed, and what can only be written, by object: a Discover names them too. */
const hidden: Readonly<Record<number, readonly number[]>> = {
  1: [8, 9],
  3: [4],
  5: [0, 2, 10],
  9: [...softwareHidden.written, ...softwareHidden.executed],
  3416: [16, 19],
};

/** Objects of a light and their versions, in the order in which it registers them. Those without one are 1.0. */
export function lightObjects(
  firmwareObject: FirmwareObjectVersion,
): readonly { readonly object: number; readonly version?: string }[] {
  return [
    { object: 1, version: "1.1" },
    { object: 3, version: "1.1" },
    { object: 4, version: "1.2" },
    { object: 5, version: firmwareObject },
    { object: 6 },
    { object: 7 },
    { object: 3416, version: "2.0" },
  ];
}

/** The object list of a Register, in link format (OMA TS Core 1.1 §6.2.1). */
export function registrationLinks(
  firmwareObject: FirmwareObjectVersion,
  serverInstance = 0,
  software: readonly SoftwareShown[] = [],
): string {
  const links = lightObjects(firmwareObject).flatMap(({ object: id, version }) =>
    version ? [`</${id}>;ver=${version}`, `</${id}/${id === 1 ? serverInstance : 0}>`] : [`</${id}/0>`],
  );
  const softwareLinks = software.map(({ instance: id }) => `</9/${id}>`);
  return ['</>;rt="oma.lwm2m";ct="11542 112 110"', ...links, ...softwareLinks].join(",");
}

/** Builds one object of the light; `undefined` for an object that it does not have. */
export function objectOf(id: number, light: LightState): ObjectNode | undefined {
  if (id === 9) return softwareObject(light.software);
  const resources = resourcesOf(id, light);
  return resources && object(id, [instance(instanceOf(id, light), resources)]);
}

/** Every object but 9 has one instance, and only object 1 may have it elsewhere than at 0. */
const instanceOf = (id: number, { account }: LightState): number => (id === 1 ? account.instance : 0);

function resourcesOf(id: number, light: LightState): ResourceNode[] | undefined {
  const { identity, settings } = light;
  switch (id) {
    case 1:
      return [
        single(0, integer(light.account.shortServerId)),
        single(1, integer(settings.lifetimeSeconds)),
        single(2, integer(settings.pminDefault)),
        single(3, integer(settings.pmaxDefault)),
        single(6, boolean(false)),
        single(7, text("U")),
      ];
    case 3:
      return [
        single(0, text(identity.manufacturer)),
        single(1, text(identity.model)),
        single(2, text(identity.serialNumber)),
        single(3, text(light.firmwareVersion)),
        multiple(11, [integer(0)]),
        single(13, time(light.nowSeconds + settings.clockOffsetSeconds)),
        single(14, text(settings.utcOffset)),
        single(15, text(settings.timeZone)),
        single(16, text("U")),
        single(17, text("Street light controller")),
        single(18, text(identity.hardwareRevision)),
      ];
    case 4:
      return [
        single(0, integer(7)),
        multiple(1, [integer(7)]),
        single(2, integer(light.rssi)),
        multiple(4, [text("10.0.0.2")]),
        single(8, integer(identity.cellId)),
      ];
    case 5:
      return firmwareResources(light);
    case 6:
      return [
        single(0, float(identity.latitude)),
        single(1, float(identity.longitude)),
        single(5, time(light.nowSeconds)),
      ];
    case 7:
      return [single(3, integer(Math.floor(light.bytesReceived / 1_024)))];
    case 3416:
      return lampResources(light);
    default:
      return undefined;
  }
}

function firmwareResources(light: LightState): ResourceNode[] {
  const { firmware, firmwareObject, firmwareChangedAt, settings } = light;
  return [
    single(1, text(light.packageUri)),
    single(3, integer(firmware.state)),
    single(5, integer(firmware.result)),
    single(7, text(firmware.candidate ?? "")),
    multiple(8, light.protocols.map(integer)),
    single(9, integer(deliveryNumbers[light.delivery])),
    ...(firmwareObject === "1.0"
      ? []
      : [
          single(11, integer(settings.severity)),
          single(12, time(firmwareChangedAt)),
          single(13, unsigned(settings.maximumDeferSeconds)),
        ]),
    ...(firmwareObject === "1.2" ? [single(14, boolean(settings.upgradesAutomatically))] : []),
  ];
}

function lampResources({ identity, settings, level, ...light }: LightState): ResourceNode[] {
  const nominalWatts = identity.model === "LC-200" ? 92 : 46;
  return [
    single(1, integer(settings.command)),
    single(2, integer(settings.command)),
    single(3, integer(level)),
    single(4, integer(settings.defaultLevel)),
    single(5, boolean(false)),
    single(7, boolean(false)),
    single(15, float(light.lampHours)),
    single(18, integer(light.lampSwitches)),
    single(21, float(light.gearTemperature)),
    single(36, integer(nominalWatts)),
    single(46, float(activePower(level, nominalWatts))),
  ];
}

/** Whether a resource can be executed on this light. */
export function isExecutable({ object: id, resource }: Path, light: Equipment): boolean {
  if (resource === undefined || (id === 5 && resource === 0)) return false;
  if (id === 9) return softwareHidden.executed.some((each) => each === resource);
  return isHidden(id, resource, light);
}

function isHidden(id: number, resource: number, { firmwareObject, canBootstrap }: Equipment): boolean {
  if (id === 5 && resource === 10 && firmwareObject === "1.0") return false;
  if (id === 1 && resource === 9 && !canBootstrap) return false;
  return hidden[id]?.includes(resource) ?? false;
}

/** Whether a path leads to something that the light has, readable or not. */
export function exists(path: Path, light: LightState): boolean {
  if (nodeAt(path, light)) return true;
  const { object: id, instance: instanceId, resource, resourceInstance } = path;
  const hasInstance =
    id === 9 ? light.software.some((each) => each.instance === instanceId) : instanceId === instanceOf(id, light);
  return hasInstance && resource !== undefined && resourceInstance === undefined && isHidden(id, resource, light);
}

/** The node at a path of the light; `undefined` when there is nothing to be read. */
export function nodeAt(path: Path, light: LightState): Node | undefined {
  const whole = objectOf(path.object, light);
  if (path.instance === undefined) return whole;
  const one = whole?.instances.get(path.instance);
  if (path.resource === undefined) return one;
  const resource = one?.resources.get(path.resource);
  if (path.resourceInstance === undefined || !resource) return resource;
  const value = resource.kind === "multiple" ? resource.values.get(path.resourceInstance) : undefined;
  return value && { kind: "resource-instance", resourceInstance: path.resourceInstance, value };
}

/** How many levels below its path a Discover lists. */
export type DiscoverDepth = 0 | 1 | 2 | 3;
/** All but the instances of resources: what a Discover of 1.1 lists. */
export const usualDepth = "resources";

/** The depth that a Discover of 1.2 asks for: 2 at an object and 1 below it, unless it says; undefined for a query that is none (OMA TS Core 1.2 §6.3.2). */
export function depthAsked(path: Path, query: readonly string[]): DiscoverDepth | undefined {
  if (query.length === 0) return path.instance === undefined ? 2 : 1;
  const [, depth] = /^depth=([0-3])$/.exec(query[0] ?? "") ?? [];
  return depth === undefined || query.length > 1 ? undefined : (Number(depth) as DiscoverDepth);
}

/**
 * Links of a Discover at a path, in link format (OMA TS Core 1.1 §6.3.2), down to a depth. `attributes` says what
 * Write-Attributes set at a path, as parameters: `;pmin=10`.
 */
export function linksAt(
  path: Path,
  light: LightState,
  { depth, attributes }: { depth: DiscoverDepth | typeof usualDepth; attributes: (path: Path) => string },
): string | undefined {
  const whole = objectOf(path.object, light);
  if (!whole || path.resourceInstance !== undefined || !exists(path, light)) return undefined;
  const level = path.resource !== undefined ? 2 : path.instance !== undefined ? 1 : 0;
  const deepest = depth === usualDepth ? 2 : level + depth;
  const links: string[] = [];
  if (level === 0) {
    const version = lightObjects(light.firmwareObject).find((each) => each.object === path.object)?.version;
    links.push(`</${path.object}>${version ? `;ver=${version}` : ""}${attributes(path)}`);
  }
  if (deepest === 0) return links.join(",");
  for (const one of whole.instances.values()) {
    if (path.instance !== undefined && one.instance !== path.instance) continue;
    const at = { object: path.object, instance: one.instance };
    if (level < 2) links.push(`</${at.object}/${at.instance}>${attributes(at)}`);
    if (deepest === 1) continue;
    for (const { resource, dimension, instances } of discovered(path.object, one, light)) {
      if (path.resource !== undefined && resource !== path.resource) continue;
      links.push(`</${at.object}/${at.instance}/${resource}>${dimension}${attributes({ ...at, resource })}`);
      if (deepest === 2) continue;
      for (const each of instances) {
        const place = { ...at, resource, resourceInstance: each };
        links.push(`</${at.object}/${at.instance}/${resource}/${each}>${attributes(place)}`);
      }
    }
  }
  return links.join(",");
}

function discovered(id: number, { resources }: InstanceNode, light: Equipment) {
  const readable = [...resources.values()].map((node) => ({
    resource: node.resource,
    dimension: node.kind === "multiple" ? `;dim=${node.values.size}` : "",
    instances: node.kind === "multiple" ? [...node.values.keys()] : [],
  }));
  const others = (hidden[id] ?? [])
    .filter((resource) => isHidden(id, resource, light))
    .map((resource) => ({ resource, dimension: "", instances: [] }));
  return [...readable, ...others].sort((a, b) => a.resource - b.resource);
}
