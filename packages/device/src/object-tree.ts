import type { ObjectNode } from "@lamplighter/lwm2m/node";
import { instance, multiple, type Node, object, single } from "@lamplighter/lwm2m/node";
import type { Path } from "@lamplighter/lwm2m/path";
import { boolean, float, integer, text, time } from "@lamplighter/lwm2m/value";
import type { FirmwareMachine } from "./firmware-machine.ts";
import type { LightIdentity } from "./light-identity.ts";

/** Everything that a light can be asked for, at one moment. */
export interface LightState {
  readonly identity: LightIdentity;
  readonly firmwareVersion: string;
  readonly firmware: FirmwareMachine;
  readonly lifetimeSeconds: number;
  /** Percent that was commanded. */
  readonly command: number;
  /** Percent that the lamp gives now; 0 while the controller reboots. */
  readonly level: number;
  readonly lampFailure: boolean;
  readonly rssi: number;
  /** Seconds since 1970. */
  readonly nowSeconds: number;
  readonly bytesReceived: number;
}

/** Objects of a light, in the order in which it registers them; the versions are those of LwM2M 1.1. */
export const lightObjects: readonly { readonly object: number; readonly version?: string }[] = [
  { object: 1, version: "1.1" },
  { object: 3, version: "1.1" },
  { object: 4, version: "1.2" },
  { object: 5, version: "1.1" },
  { object: 6 },
  { object: 7 },
  { object: 3416, version: "2.0" },
];

/** Builds one object of the light; `undefined` for an object that it does not have. */
export function objectOf(id: number, light: LightState): ObjectNode | undefined {
  const { identity } = light;
  switch (id) {
    case 1:
      return object(1, [
        instance(0, [
          single(0, integer(1)),
          single(1, integer(light.lifetimeSeconds)),
          single(6, boolean(false)),
          single(7, text("U")),
        ]),
      ]);
    case 3:
      return object(3, [
        instance(0, [
          single(0, text(identity.manufacturer)),
          single(1, text(identity.model)),
          single(2, text(identity.serialNumber)),
          single(3, text(light.firmwareVersion)),
          multiple(11, [integer(0)]),
          single(13, time(light.nowSeconds)),
          single(16, text("U")),
          single(17, text("Street light controller")),
          single(18, text(identity.hardwareRevision)),
        ]),
      ]);
    case 4:
      return object(4, [
        instance(0, [
          single(0, integer(7)),
          multiple(1, [integer(7)]),
          single(2, integer(light.rssi)),
          multiple(4, [text("10.0.0.2")]),
          single(8, integer(identity.cellId)),
        ]),
      ]);
    case 5:
      return object(5, [
        instance(0, [
          single(1, text("")),
          single(3, integer(light.firmware.state)),
          single(5, integer(light.firmware.result)),
          multiple(8, [integer(0)]),
          single(9, integer(1)),
        ]),
      ]);
    case 6:
      return object(6, [
        instance(0, [
          single(0, float(identity.latitude)),
          single(1, float(identity.longitude)),
          single(5, time(light.nowSeconds)),
        ]),
      ]);
    case 7:
      return object(7, [instance(0, [single(3, integer(Math.floor(light.bytesReceived / 1_024)))])]);
    case 3416:
      return object(3416, [
        instance(0, [
          single(1, integer(light.command)),
          single(2, integer(light.command)),
          single(3, integer(light.level)),
          single(5, boolean(light.lampFailure)),
        ]),
      ]);
    default:
      return undefined;
  }
}

/** The node at a path of the light; `undefined` when there is none. */
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

/** Links of a Discover at a path, in link format. */
export function linksAt(path: Path, light: LightState): string | undefined {
  const node = nodeAt(path, light);
  if (!node) return undefined;
  const whole = objectOf(path.object, light);
  const paths: string[] = [];
  for (const [instanceId, { resources }] of whole?.instances ?? []) {
    if (path.instance !== undefined && instanceId !== path.instance) continue;
    if (path.resource === undefined) paths.push(`/${path.object}/${instanceId}`);
    for (const resource of resources.keys()) {
      if (path.resource === undefined || path.resource === resource)
        paths.push(`/${path.object}/${instanceId}/${resource}`);
    }
  }
  if (path.instance === undefined) paths.unshift(`/${path.object}`);
  return paths.map((each) => `<${each}>`).join(",");
}
