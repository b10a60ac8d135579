import { parseArgs } from "node:util";
import { type FaultKind, faultKinds } from "@lamplighter/device/faults";

/** What a person asked the simulator for. */
export interface SimulatorOptions {
  readonly lights: number;
  readonly server: { readonly host: string; readonly port: number };
  /** Set when the lights know no server, and ask here for their accounts. */
  readonly bootstrap: { readonly host: string; readonly port: number; readonly isSecure: boolean } | undefined;
  /** A file of a factory or a card that the lights come with, instead of `server`. */
  readonly provisioningFile: string | undefined;
  /** A table of keys: the lights in it speak DTLS with `secureServer`. */
  readonly keysFile: string | undefined;
  /** Every light must have a key. */
  readonly secure: boolean;
  readonly secureServer: { readonly host: string; readonly port: number };
  /** Keys for the lights are written there, and nothing is simulated. */
  readonly writeKeysFile: string | undefined;
  readonly reference: number;
  /** How endpoint names begin: `sim` makes `sim-00001`. */
  readonly prefix: string;
  readonly seed: number;
  readonly loss: number;
  /** How many lights have which fault. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** How many of the last lights use queue mode. */
  readonly sleepy: number;
  readonly lifetimeSeconds: number;
  readonly installSeconds: number;
  readonly rampPerSecond: number;
  readonly townCsv: string | undefined;
  /** Where the lights keep what they run between two runs. */
  readonly stateFile: string | undefined;
  /** `-` is the standard output. */
  readonly reportFile: string | undefined;
  readonly controlPort: number | undefined;
  readonly quiet: boolean;
}

/** A firmware image that somebody wants in a file, instead of lights. */
export interface ImageWish {
  /** `major.minor.revision`. */
  readonly version: string;
  readonly file: string;
  readonly seed: number;
}

export const usage = `npm run simulate -- [options]
  --lights N            how many lights (default 60, at most 20000)
  --server URI          where they register (default coap://127.0.0.1:5683)
  --bootstrap URI       they know no server, and ask here for their accounts (coap://127.0.0.1:5783, or
                        coaps://127.0.0.1:5784 with the keys of purpose "bootstrap" in --keys)
  --provisioning FILE   they come with the accounts of a factory or card file exported from the console
  --keys FILE           lights in this table of keys speak DTLS; it is read as the console imports it
  --secure              every light speaks DTLS: all must be in --keys
  --secure-server URI   where they register then (default coaps:// of --server, one port above)
  --write-keys FILE     writes a fresh key for each light, for the console to import, and ends; with --bootstrap coaps://
                        keys for their bootstrap
  --reference N         how many of them run on node-coap (default 0)
  --prefix NAME         how their endpoint names begin (default sim; the lights of the demo are light-00001 and so on)
  --seed N              draws places, versions and faults (default 1)
  --loss P              chance that a datagram is lost, each way, 0 to 0.9 (default 0)
  --faults a=N,b=N      lights with a fault: ${faultKinds.join(", ")}
  --sleepy N            how many sleep between their Updates, in queue mode (default 0; the last of the list)
  --lifetime SECONDS    registration lifetime (default 300)
  --install-seconds S   how long a light is away while it installs (default 5)
  --ramp N              lights that switch on in one second (default 200)
  --town-csv FILE       writes where the lights stand, for the import
  --state FILE          keeps what each light runs, so that it runs that again next time
  --report FILE         writes what each light counted, as one line of JSON, at the end; - for the standard output
  --control-port N      opens http://127.0.0.1:N/lights to look at the lights and to pull their plugs
  --quiet               no progress
npm run simulate -- --write-image 2.1.0 FILE
  writes a firmware image that these lights install, and ends; --seed N draws another of the same version`;

/** A wish that cannot be met; its message names the option and what it takes. */
export class BadOption extends Error {
  override readonly name = "BadOption";
}

/** Reads the wish for an image, `--write-image VERSION FILE`; undefined when lights are wished for. Throws {@link BadOption}. */
export function readImageWish(args: readonly string[]): ImageWish | undefined {
  const { values, positionals } = parse(args);
  const { "write-image": version, seed, ...others } = values;
  if (version === undefined) return undefined;
  const [file, tooMuch] = positionals;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new BadOption(`--write-image only writes a file: leave --${other} out.`);
  if (!/^\d{1,5}\.\d{1,5}\.\d{1,5}$/.test(version) || file === undefined || tooMuch !== undefined) {
    throw new BadOption("--write-image takes a version and a file: --write-image 2.1.0 lamp-2.1.0.bin");
  }
  return { version, file, seed: readSeed(seed) };
}

/** Reads the command line. Throws {@link BadOption} for anything that is not understood. */
export function readOptions(args: readonly string[]): SimulatorOptions {
  const { values: given, positionals } = parse(args);
  if (positionals[0] !== undefined) {
    throw new BadOption(`${JSON.stringify(positionals[0])} is no option; --help lists the options.`);
  }
  const lights = number("lights", given.lights ?? "60", { min: 1, max: 20_000 });
  const reference = number("reference", given.reference ?? "0", { min: 0, max: lights });
  const faults = readFaults(given.faults ?? "");
  const server = readServer(given.server ?? "coap://127.0.0.1:5683");
  const accounts = readAccounts(given, reference);
  checkKeys(given, accounts.bootstrap);
  const faulty = Object.values(faults).reduce((sum, count) => sum + count, 0);
  if (faulty > lights - reference) {
    throw new BadOption(
      `--faults asks for ${faulty} faulty lights, and only ${lights - reference} of ${lights} can have a fault (reference lights have none).`,
    );
  }
  return {
    lights,
    reference,
    faults,
    ...accounts,
    server,
    keysFile: given.keys,
    secure: given.secure ?? false,
    secureServer:
      given["secure-server"] === undefined
        ? { host: server.host, port: server.port + 1 }
        : readServer(given["secure-server"], "secure-server"),
    writeKeysFile: given["write-keys"],
    prefix: readPrefix(given.prefix ?? "sim"),
    seed: readSeed(given.seed),
    loss: number("loss", given.loss ?? "0", { min: 0, max: 0.9, whole: false }),
    sleepy: number("sleepy", given.sleepy ?? "0", { min: 0, max: lights - reference }),
    lifetimeSeconds: number("lifetime", given.lifetime ?? "300", { min: 10, max: 86_400 }),
    installSeconds: number("install-seconds", given["install-seconds"] ?? "5", { min: 0.1, max: 3_600, whole: false }),
    rampPerSecond: number("ramp", given.ramp ?? "200", { min: 1, max: 10_000 }),
    townCsv: given["town-csv"],
    stateFile: given.state,
    reportFile: given.report,
    controlPort:
      given["control-port"] === undefined
        ? undefined
        : number("control-port", given["control-port"], { min: 0, max: 65_535 }),
    quiet: given.quiet ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        lights: { type: "string" },
        server: { type: "string" },
        bootstrap: { type: "string" },
        provisioning: { type: "string" },
        keys: { type: "string" },
        secure: { type: "boolean" },
        "secure-server": { type: "string" },
        "write-keys": { type: "string" },
        reference: { type: "string" },
        prefix: { type: "string" },
        seed: { type: "string" },
        loss: { type: "string" },
        faults: { type: "string" },
        sleepy: { type: "string" },
        lifetime: { type: "string" },
        "install-seconds": { type: "string" },
        ramp: { type: "string" },
        "town-csv": { type: "string" },
        state: { type: "string" },
        report: { type: "string" },
        "control-port": { type: "string" },
        "write-image": { type: "string" },
        quiet: { type: "boolean" },
      },
      allowPositionals: true,
    });
  } catch (error) {
    // Node says which option it does not know, and then gives advice that does not fit here.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split(/\. /);
    throw new BadOption(`${sentence?.replace(/\.$/, "")}; --help lists the options.`);
  }
}

function readSeed(text = "1"): number {
  return number("seed", text, { min: 0, max: 2 ** 31 });
}

function number(
  name: string,
  text: string,
  { min, max, whole = true }: { min: number; max: number; whole?: boolean },
): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new BadOption(
      `--${name} takes a ${whole ? "whole " : ""}number from ${min} to ${max}, not ${JSON.stringify(text)}.`,
    );
  }
  return value;
}

/** Reads `coap://host:port`, or `coaps://…` for a server behind DTLS; the host is an IPv4 address or `localhost`. */
export function readServer(
  text: string,
  option: "server" | "secure-server" | "bootstrap" = "server",
): { host: string; port: number } {
  const isSecure = option === "secure-server" || (option === "bootstrap" && text.startsWith("coaps:"));
  const scheme = isSecure ? "coaps" : "coap";
  const usual = (option === "bootstrap" ? 5_783 : 5_683) + (isSecure ? 1 : 0);
  const match = /^(coaps?):\/\/([A-Za-z0-9.-]+)(?::(\d{1,5}))?\/?$/.exec(text);
  const port = Number(match?.[3] ?? usual);
  if (option === "server" && match?.[1] === "coaps") {
    throw new BadOption(
      `--server is where lights without keys register; for those in --keys write --secure-server ${text}.`,
    );
  }
  if (!match || match[1] !== scheme || port < 1 || port > 65_535) {
    throw new BadOption(`--${option} takes a URI such as ${scheme}://127.0.0.1:${usual}, not ${JSON.stringify(text)}.`);
  }
  const [, , host = ""] = match;
  return { host: host === "localhost" ? "127.0.0.1" : host, port };
}

function readPrefix(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(text)) return text;
  throw new BadOption(
    `--prefix takes 1 to 40 letters, digits, dots, dashes and underscores, not ${JSON.stringify(text)}.`,
  );
}

/** Where the lights have their accounts from, when it is not `--server`. */
function readAccounts(
  given: { readonly server?: string; readonly bootstrap?: string; readonly provisioning?: string },
  reference: number,
): Pick<SimulatorOptions, "bootstrap" | "provisioningFile"> {
  const { bootstrap, provisioning } = given;
  const named = [given.server, bootstrap, provisioning].filter((each) => each !== undefined);
  if (named.length > 1)
    throw new BadOption("Give one of --server, --bootstrap and --provisioning: they say the same thing.");
  if (reference > 0 && (bootstrap ?? provisioning) !== undefined) {
    throw new BadOption("Reference lights cannot bootstrap: leave --reference out.");
  }
  return {
    bootstrap:
      bootstrap === undefined
        ? undefined
        : { ...readServer(bootstrap, "bootstrap"), isSecure: bootstrap.startsWith("coaps:") },
    provisioningFile: provisioning,
  };
}

/** Whether the lights have the keys that they need for what else was asked. */
function checkKeys(
  given: Pick<ReturnType<typeof parse>["values"], "keys" | "write-keys" | "secure" | "provisioning">,
  bootstrap: SimulatorOptions["bootstrap"],
): void {
  const hasKeys = given.keys !== undefined || given["write-keys"] !== undefined;
  if (given.secure && given.provisioning !== undefined) {
    throw new BadOption("--provisioning says by itself whether its lights are secure: leave --secure out.");
  }
  if (given.secure && bootstrap && !bootstrap.isSecure) {
    throw new BadOption("--secure needs a --bootstrap URI that begins with coaps://.");
  }
  if ((given.secure || bootstrap?.isSecure) && !hasKeys) {
    throw new BadOption(
      `${given.secure ? "--secure" : "--bootstrap coaps://"} needs --keys FILE; --write-keys FILE makes one, and the console imports it.`,
    );
  }
}

function readFaults(text: string): Partial<Record<FaultKind, number>> {
  const faults: Partial<Record<FaultKind, number>> = {};
  for (const part of text.split(",").filter(Boolean)) {
    const [kind = "", count = ""] = part.split("=");
    const known = faultKinds.find((each) => each === kind);
    if (!known)
      throw new BadOption(`--faults: there is no fault ${JSON.stringify(kind)}; there are ${faultKinds.join(", ")}.`);
    faults[known] = number(`faults ${kind}`, count, { min: 0, max: 20_000 });
  }
  return faults;
}
