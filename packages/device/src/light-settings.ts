import type { Path } from "@lamplighter/lwm2m/path";
import type { ResourceValue } from "@lamplighter/lwm2m/value";

/** What a server may set on a light. It survives a reboot, as it would in flash. Periods are in seconds. */
export interface LightSettings {
  readonly lifetimeSeconds: number;
  readonly pminDefault: number;
  /** 0: none. */
  readonly pmaxDefault: number;
  readonly utcOffset: string;
  readonly timeZone: string;
  /** How far the light's clock was set from the true time. */
  readonly clockOffsetSeconds: number;
  /** Percent of full light that was commanded. */
  readonly command: number;
  readonly defaultLevel: number;
  /** 0 critical, 1 mandatory, 2 optional (object 5, resource 11). */
  readonly severity: number;
  readonly maximumDeferSeconds: number;
  /** Install without being told once an image is there (object 5, resource 14). */
  readonly upgradesAutomatically: boolean;
}

export const factorySettings: LightSettings = {
  lifetimeSeconds: 300,
  pminDefault: 0,
  pmaxDefault: 0,
  utcOffset: "+00:00",
  timeZone: "Etc/UTC",
  clockOffsetSeconds: 0,
  command: 100,
  defaultLevel: 100,
  severity: 1,
  maximumDeferSeconds: 0,
  upgradesAutomatically: false,
};

type Setter = (value: ResourceValue, nowSeconds: number) => Partial<LightSettings>;

const number = ({ value }: ResourceValue): number => Number(value);
const setters: Readonly<Record<string, Setter>> = {
  "1/1": (value) => ({ lifetimeSeconds: number(value) }),
  "1/2": (value) => ({ pminDefault: number(value) }),
  "1/3": (value) => ({ pmaxDefault: number(value) }),
  "3/13": (value, nowSeconds) => ({ clockOffsetSeconds: number(value) - nowSeconds }),
  "3/14": ({ value }) => ({ utcOffset: String(value) }),
  "3/15": ({ value }) => ({ timeZone: String(value) }),
  "5/11": (value) => ({ severity: number(value) }),
  "5/13": (value) => ({ maximumDeferSeconds: number(value) }),
  "5/14": ({ value }) => ({ upgradesAutomatically: value === true }),
  "3416/1": (value) => ({ command: number(value) }),
  "3416/4": (value) => ({ defaultLevel: number(value) }),
};

/** Whether a resource is one that a server may set; Package and Package URI of object 5 are actions, not settings. */
export function isSetting({ object, resource }: Path): boolean {
  return `${object}/${resource}` in setters;
}

/** The settings after one write. The value's type and range were judged before; its path {@link isSetting}. */
export function withSetting(
  settings: LightSettings,
  { path, value, nowSeconds }: { path: Path; value: ResourceValue; nowSeconds: number },
): LightSettings {
  return { ...settings, ...setters[`${path.object}/${path.resource}`]?.(value, nowSeconds) };
}
