import { isIP } from "node:net";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { StartFailure } from "./start-failure.ts";

/** The project's folder: where `apps`, `packages` and, unless told otherwise, the data are. */
export const projectFolder = resolve(import.meta.dirname, "..", "..", "..");
/** The program that runs the demo's lights. */
export const simulatorProgram = join(projectFolder, "apps", "simulator", "src", "main.ts");

const megabyte = 1024 * 1024;
const downloadUrl = z
  .url({ protocol: /^https?$/, error: "it takes http:// and https:// addresses, with commas between them" })
  .refine((url) => !/[?#]/.test(url), "an address for downloads has no ? and no #")
  .transform(withoutSlash);
const port = z.coerce.number().int().min(0).max(65_535);

const environment = z.object({
  DATABASE_URL: z.string().min(1).optional(),
  /** The address of this machine to listen on; `0.0.0.0` for all. */
  LAMPLIGHTER_HOST: z.string().min(1).default("127.0.0.1"),
  LAMPLIGHTER_HTTP_PORT: port.default(3000),
  LAMPLIGHTER_COAP_HOST: z.string().min(1).optional(),
  LAMPLIGHTER_COAP_PORT: port.default(5683),
  /** Where lights without an account ask for one, on the address of the CoAP port: 100 above that port unless said otherwise. */
  LAMPLIGHTER_BOOTSTRAP_PORT: port.optional(),
  /** The same over DTLS: one above the port in the clear unless said otherwise. */
  LAMPLIGHTER_COAPS_PORT: port.optional(),
  LAMPLIGHTER_BOOTSTRAP_COAPS_PORT: port.optional(),
  /** Where lights reach the bootstrap server, e.g. `coap://192.0.2.1:5783`. */
  LAMPLIGHTER_BOOTSTRAP_URI: z.string().max(200).optional(),
  LAMPLIGHTER_BOOTSTRAP_COAPS_URI: z.string().max(200).optional(),
  LAMPLIGHTER_DATA_FOLDER: z.string().min(1).default(join(projectFolder, ".data")),
  /** Where people reach the console when a proxy stands in front, e.g. `https://lights.example.org`. */
  LAMPLIGHTER_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Addresses of the proxies in front, with commas; believed when they say from where somebody came. */
  LAMPLIGHTER_TRUSTED_PROXIES: z
    .string()
    .max(2_000)
    .optional()
    .transform((text) => text?.split(",").map((address) => address.trim()))
    .refine((addresses) => !addresses?.some((address) => isIP(address) === 0), "it takes IP addresses, with commas"),
  /** Where lights reach this server, e.g. `coap://192.0.2.1:5683`. */
  LAMPLIGHTER_COAP_URI: z.string().max(200).optional(),
  LAMPLIGHTER_COAPS_URI: z.string().max(200).optional(),
  /** What keys of lights are sealed under: 32 bytes in hexadecimal or base64, here or in a file. */
  LAMPLIGHTER_KEY: z.string().max(200).optional(),
  LAMPLIGHTER_KEY_FILE: z.string().min(1).optional(),
  /** Our own side of DTLS for lights with public keys and certificates: key and chain, and the authorities of lights, in PEM. */
  LAMPLIGHTER_DTLS_KEY_FILE: z.string().min(1).optional(),
  LAMPLIGHTER_DTLS_CERTIFICATE_FILE: z.string().min(1).optional(),
  LAMPLIGHTER_DTLS_ROOTS_FILE: z.string().min(1).optional(),
  /** Where lights fetch images over HTTP and HTTPS, the first to be preferred: `http://192.0.2.1:3000,https://lights.example.org`. */
  LAMPLIGHTER_DOWNLOAD_URLS: z.string().max(1_000).transform(listed).pipe(z.array(downloadUrl).max(8)).optional(),
  /** A file with the object lists that stand for profile ids of LwM2M 1.2. */
  LAMPLIGHTER_PROFILES: z.string().min(1).optional(),
  LAMPLIGHTER_FIRMWARE_MIB_MAX: z.coerce.number().int().min(1).max(1024).default(256),
  LAMPLIGHTER_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  /** What a program on another machine sends as its bearer token to read `/metrics`. */
  LAMPLIGHTER_METRICS_TOKEN: z.string().min(16).max(200).optional(),
  /** Where `--only bootstrap` tells its health and figures over HTTP; nowhere when absent. */
  LAMPLIGHTER_METRICS_PORT: port.optional(),
  LAMPLIGHTER_NODE: z.string().min(1).max(100).default(hostname()),
  /** Lights of the demo, and how many of them run on somebody else's CoAP stack. */
  LAMPLIGHTER_DEMO_LIGHTS: z.coerce.number().int().min(1).max(10_000).default(60),
  LAMPLIGHTER_DEMO_REFERENCE_LIGHTS: z.coerce.number().int().min(0).max(100).default(3),
  LAMPLIGHTER_DEMO_SLEEPY_LIGHTS: z.coerce.number().int().min(0).max(10_000).default(2),
});

/** Everything that can be set, read once at the start. */
export interface Config {
  readonly host: string;
  readonly httpPort: number;
  readonly coapHost: string;
  readonly coapPort: number;
  readonly bootstrapPort: number;
  readonly bootstrapUri: string | undefined;
  readonly coapsPort: number;
  readonly bootstrapCoapsPort: number;
  readonly coapsUri: string | undefined;
  readonly bootstrapCoapsUri: string | undefined;
  readonly masterKey: string | undefined;
  readonly masterKeyFile: string | undefined;
  readonly dtlsKeyFile: string | undefined;
  readonly dtlsCertificateFile: string | undefined;
  readonly dtlsRootsFile: string | undefined;
  /** The master key is lost: what was sealed with it is thrown away. */
  readonly forgetKeys: boolean;
  /** Which parts to start: all, the bootstrap server alone, or everything without it. */
  readonly parts: "all" | "bootstrap" | "all-but-bootstrap";
  readonly dataFolder: string;
  readonly databaseUrl: string | undefined;
  readonly publicUrl: string | undefined;
  readonly coapUri: string | undefined;
  readonly trustedProxies: readonly string[];
  /** Without a slash at the end; where absent, lights fetch where people reach the console. */
  readonly downloadUrls: readonly string[] | undefined;
  readonly profilesFile: string | undefined;
  readonly firmwareBytesMax: number;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly metricsToken: string | undefined;
  readonly metricsPort: number | undefined;
  readonly node: string;
  readonly demo:
    | { readonly lights: number; readonly referenceLights: number; readonly sleepyLights: number }
    | undefined;
  readonly console: boolean;
  readonly printReadyJson: boolean;
  readonly prettyLog: boolean;
}

/** Reads the flags and the environment. This file is the only one that looks at the environment. */
export function readConfig(argv: readonly string[] = process.argv.slice(2)): Config {
  const flags = readFlags(argv);
  const parsed = environment.safeParse(withoutEmpty(process.env));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0] ?? { path: [], message: "it cannot be read" };
    throw new StartFailure(`The setting ${path.join(".")} is wrong: ${message}.`);
  }
  const env = parsed.data;
  const bootstrapPort = env.LAMPLIGHTER_BOOTSTRAP_PORT ?? bootstrapPortBeside(env.LAMPLIGHTER_COAP_PORT);
  // Whatever we start, and whoever looks at our environment from now on, has no business with it.
  delete process.env.LAMPLIGHTER_KEY;
  return {
    host: env.LAMPLIGHTER_HOST,
    httpPort: env.LAMPLIGHTER_HTTP_PORT,
    coapHost: env.LAMPLIGHTER_COAP_HOST ?? env.LAMPLIGHTER_HOST,
    coapPort: env.LAMPLIGHTER_COAP_PORT,
    bootstrapPort,
    bootstrapUri: env.LAMPLIGHTER_BOOTSTRAP_URI,
    coapsPort: env.LAMPLIGHTER_COAPS_PORT ?? securePortBeside(env.LAMPLIGHTER_COAP_PORT),
    bootstrapCoapsPort: env.LAMPLIGHTER_BOOTSTRAP_COAPS_PORT ?? securePortBeside(bootstrapPort),
    coapsUri: env.LAMPLIGHTER_COAPS_URI,
    bootstrapCoapsUri: env.LAMPLIGHTER_BOOTSTRAP_COAPS_URI,
    masterKey: env.LAMPLIGHTER_KEY,
    masterKeyFile: env.LAMPLIGHTER_KEY_FILE,
    dtlsKeyFile: env.LAMPLIGHTER_DTLS_KEY_FILE,
    dtlsCertificateFile: env.LAMPLIGHTER_DTLS_CERTIFICATE_FILE,
    dtlsRootsFile: env.LAMPLIGHTER_DTLS_ROOTS_FILE,
    forgetKeys: flags["forget-keys"],
    parts: partsOf(flags),
    dataFolder: resolve(env.LAMPLIGHTER_DATA_FOLDER),
    databaseUrl: env.DATABASE_URL,
    publicUrl: env.LAMPLIGHTER_PUBLIC_URL && withoutSlash(env.LAMPLIGHTER_PUBLIC_URL),
    coapUri: env.LAMPLIGHTER_COAP_URI,
    // A proxy on this machine is the usual one; without a public address there is none.
    trustedProxies: env.LAMPLIGHTER_TRUSTED_PROXIES ?? (env.LAMPLIGHTER_PUBLIC_URL ? ["127.0.0.1", "::1"] : []),
    downloadUrls: env.LAMPLIGHTER_DOWNLOAD_URLS,
    profilesFile: env.LAMPLIGHTER_PROFILES,
    firmwareBytesMax: env.LAMPLIGHTER_FIRMWARE_MIB_MAX * megabyte,
    logLevel: env.LAMPLIGHTER_LOG_LEVEL,
    metricsToken: env.LAMPLIGHTER_METRICS_TOKEN,
    metricsPort: env.LAMPLIGHTER_METRICS_PORT,
    node: env.LAMPLIGHTER_NODE,
    demo: flags.demo
      ? {
          lights: env.LAMPLIGHTER_DEMO_LIGHTS,
          referenceLights: env.LAMPLIGHTER_DEMO_REFERENCE_LIGHTS,
          sleepyLights: env.LAMPLIGHTER_DEMO_SLEEPY_LIGHTS,
        }
      : undefined,
    console: flags.console,
    printReadyJson: flags["print-ready-json"],
    prettyLog: process.stdout.isTTY === true,
  };
}

/** The environment for a child: ours, without what concerns only us, and with what it needs. */
export function childEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, LAMPLIGHTER_METRICS_TOKEN: __, ...rest } = process.env;
  return { ...rest, ...extra };
}

function readFlags(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        demo: { type: "boolean", default: false },
        console: { type: "boolean", default: true },
        bootstrap: { type: "boolean", default: true },
        only: { type: "string" },
        "forget-keys": { type: "boolean", default: false },
        "print-ready-json": { type: "boolean", default: false },
      },
      allowNegative: true,
    });
    return values;
  } catch (cause) {
    throw new StartFailure(
      `${(cause as Error).message}. The flags are --demo, --no-demo, --no-console, --no-bootstrap, --only bootstrap, --forget-keys and --print-ready-json.`,
      { cause },
    );
  }
}

/** 5783 beside 5683; any free one beside any free one. */
function bootstrapPortBeside(coapPort: number): number {
  return coapPort === 0 ? 0 : coapPort + (coapPort > 65_000 ? -100 : 100);
}

/** 5684 beside 5683, 5784 beside 5783 (RFC 7252 §12.7); any free one beside any free one. */
function securePortBeside(port: number): number {
  return port === 0 ? 0 : port === 65_535 ? 65_534 : port + 1;
}

function partsOf({ only, bootstrap }: ReturnType<typeof readFlags>): Config["parts"] {
  if (only === undefined) return bootstrap ? "all" : "all-but-bootstrap";
  if (only === "bootstrap") return "bootstrap";
  throw new StartFailure(`There is no part ${JSON.stringify(only)} to start alone; there is --only bootstrap.`);
}

function listed(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
}
