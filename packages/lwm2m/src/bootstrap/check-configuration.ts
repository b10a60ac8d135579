import {
  type BootstrapConfiguration,
  bootstrapFormats,
  type Credentials,
  deletions,
  ownedByBootstrapServer,
  type SecurityAccount,
  type ServerAccount,
  shortServerIdMax,
} from "./configuration.ts";

/** Something wrong with a configuration: `at` names the field (`security.0.uri`), `why` is a sentence for people. */
export interface ConfigurationProblem {
  readonly at: string;
  readonly why: string;
}

/** More accounts of one kind than this are refused: small devices keep two or three. */
export const accountsMax = 8;
export const accessControlMax = 64;
/** Limits of object 0 and of the pre-shared key modes (OMA TS Transport 1.1 §5.2.8). */
const uriBytesMax = 255;
const identityBytesMax = 128;
const keyBytesMax = 64;
const secondsMax = 2 ** 31 - 1;

/**
 * Judges a configuration before a device ever sees it. An empty answer means that all is well.
 *
 * A device that takes what is wrong here would be lost: it would have no server to register with, and no bootstrap
 * account to come back by.
 */
export function checkConfiguration(configuration: BootstrapConfiguration): readonly ConfigurationProblem[] {
  const { security, servers, accessControl } = configuration;
  return [
    ...checkCounts(configuration),
    ...security.flatMap((account, index) => checkSecurity(account, `security.${index}`)),
    ...servers.flatMap((account, index) => checkServer(account, `servers.${index}`)),
    ...checkPairs(security, servers),
    ...accessControl.flatMap((entry, index) => {
      const at = `accessControl.${index}`;
      const known = [0, ...servers.map(({ shortServerId }) => shortServerId)];
      const owners = [...known.slice(1), ownedByBootstrapServer];
      return [
        ...wrongId(entry.object, 1, 65_534, `${at}.object`, "An object number"),
        ...wrongId(entry.instance, 0, 65_535, `${at}.instance`, "An instance number"),
        ...(owners.includes(entry.owner)
          ? []
          : [
              {
                at: `${at}.owner`,
                why: `${entry.owner} is neither one of the servers nor 65535, the bootstrap server.`,
              },
            ]),
        ...entry.rights.flatMap(({ shortServerId, rights }, place) => [
          ...(known.includes(shortServerId)
            ? []
            : [{ at: `${at}.rights.${place}`, why: `There is no server ${shortServerId} to give rights to.` }]),
          ...wrongId(rights, 0, 31, `${at}.rights.${place}`, "Rights"),
        ]),
      ];
    }),
  ];
}

function checkCounts(configuration: BootstrapConfiguration): ConfigurationProblem[] {
  const { security, servers, accessControl, deletions: paths, format } = configuration;
  return [
    ...(servers.length === 0 && !security.some(({ isBootstrapServer }) => isBootstrapServer)
      ? [{ at: "servers", why: "There is no server: a device would have nobody to register with." }]
      : []),
    ...tooMany(security, accountsMax, "security"),
    ...tooMany(servers, accountsMax, "servers"),
    ...tooMany(accessControl, accessControlMax, "accessControl"),
    ...(security.filter(({ isBootstrapServer }) => isBootstrapServer).length > 1
      ? [{ at: "security", why: "A device has one bootstrap account; there are two here." }]
      : []),
    ...paths.flatMap((path, index) => {
      if (!deletions.includes(path))
        return [{ at: `deletions.${index}`, why: `${path} cannot be deleted by a bootstrap.` }];
      if (paths.indexOf(path) !== index) return [{ at: `deletions.${index}`, why: `${path} is there twice.` }];
      return [];
    }),
    ...(format === undefined || bootstrapFormats.includes(format)
      ? []
      : [{ at: "format", why: `${JSON.stringify(format)} is not a format that a bootstrap is written in.` }]),
  ];
}

function checkSecurity(account: SecurityAccount, at: string): ConfigurationProblem[] {
  const { isBootstrapServer, shortServerId, credentials } = account;
  const problems = [
    ...checkUri(account.uri, credentials, `${at}.uri`),
    ...checkCredentials(credentials, `${at}.credentials`),
  ];
  if (isBootstrapServer && shortServerId !== undefined) {
    problems.push({ at: `${at}.shortServerId`, why: "A bootstrap account has no short server id." });
  } else if (!isBootstrapServer && shortServerId === undefined) {
    problems.push({ at: `${at}.shortServerId`, why: "The short server id is missing." });
  } else if (shortServerId !== undefined) {
    problems.push(...wrongId(shortServerId, 1, shortServerIdMax, `${at}.shortServerId`, "A short server id"));
  }
  return [
    ...problems,
    ...wrongSeconds(account.holdOffSeconds, 0, `${at}.holdOffSeconds`),
    ...wrongSeconds(account.accountTimeoutSeconds, 0, `${at}.accountTimeoutSeconds`),
  ];
}

/** The URI forms of CoAP over UDP (RFC 7252 §6.1). A path or a query has no meaning in a server URI. */
function checkUri(uri: string, { mode }: Credentials, at: string): ConfigurationProblem[] {
  const wrong = (why: string) => [{ at, why }];
  if (new TextEncoder().encode(uri).length > uriBytesMax)
    return wrong(`The address is longer than ${uriBytesMax} bytes.`);
  const parts = /^(coaps?):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\/?$/.exec(uri);
  if (!parts) {
    return wrong(`${JSON.stringify(uri.slice(0, 80))} is not an address like coap://192.0.2.1:5683.`);
  }
  const [, scheme, , port] = parts;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return wrong(`There is no port ${port}.`);
  if (scheme === "coaps" && mode === "no-sec")
    return wrong("coaps:// needs a key; without one the address begins with coap://.");
  if (scheme === "coap" && mode !== "no-sec") return wrong("With a key the address begins with coaps://.");
  return [];
}

function checkCredentials(credentials: Credentials, at: string): ConfigurationProblem[] {
  if (credentials.mode !== "psk") return [];
  const { identity } = credentials;
  const identityBytes = typeof identity === "string" ? new TextEncoder().encode(identity).length : identity.length;
  return [
    ...(identityBytes < 1 || identityBytes > identityBytesMax
      ? [{ at: `${at}.identity`, why: `An identity has 1 to ${identityBytesMax} bytes.` }]
      : []),
    ...(new RegExp(`^(?:[0-9a-fA-F]{2}){1,${keyBytesMax}}$`).test(credentials.key)
      ? []
      : [{ at: `${at}.key`, why: `A key has 1 to ${keyBytesMax} bytes, written as pairs of 0-9 and a-f.` }]),
  ];
}

function checkServer(account: ServerAccount, at: string): ConfigurationProblem[] {
  const { periodMinSeconds: pmin, periodMaxSeconds: pmax, binding } = account;
  return [
    ...wrongId(account.shortServerId, 1, shortServerIdMax, `${at}.shortServerId`, "A short server id"),
    ...wrongSeconds(account.lifetimeSeconds, 1, `${at}.lifetimeSeconds`),
    ...wrongSeconds(pmin, 0, `${at}.periodMinSeconds`),
    ...wrongSeconds(pmax, 0, `${at}.periodMaxSeconds`),
    ...wrongSeconds(account.disableTimeoutSeconds, 0, `${at}.disableTimeoutSeconds`),
    ...(pmin !== undefined && pmax !== undefined && pmax > 0 && pmax < pmin
      ? [{ at: `${at}.periodMaxSeconds`, why: "The longest time between two reports is shorter than the shortest." }]
      : []),
    ...(/^[UTSNMH]{1,6}Q?$/.test(binding) && new Set(binding).size === binding.length
      ? []
      : [
          { at: `${at}.binding`, why: `${JSON.stringify(binding.slice(0, 16))} is not a binding; U is CoAP over UDP.` },
        ]),
  ];
}

/** Every server account has exactly one security account, and the other way round (OMA TS Core 1.1 §6.1.2). */
function checkPairs(security: readonly SecurityAccount[], servers: readonly ServerAccount[]): ConfigurationProblem[] {
  const secured = security.map(({ shortServerId }) => shortServerId);
  const served = servers.map(({ shortServerId }) => shortServerId);
  return [
    ...security.flatMap(({ isBootstrapServer, shortServerId }, index) => {
      if (isBootstrapServer || shortServerId === undefined) return [];
      const at = `security.${index}.shortServerId`;
      if (secured.indexOf(shortServerId) !== index)
        return [{ at, why: `Two security accounts have the number ${shortServerId}.` }];
      if (!served.includes(shortServerId))
        return [{ at, why: `There is no server account with the number ${shortServerId}.` }];
      return [];
    }),
    ...served.flatMap((id, index) => {
      const at = `servers.${index}.shortServerId`;
      if (served.indexOf(id) !== index) return [{ at, why: `Two server accounts have the number ${id}.` }];
      if (!secured.includes(id)) return [{ at, why: `There is no security account with the number ${id}.` }];
      return [];
    }),
  ];
}

function tooMany(list: readonly unknown[], max: number, at: string): ConfigurationProblem[] {
  return list.length > max ? [{ at, why: `There are more than ${max}.` }] : [];
}

function wrongId(value: number, min: number, max: number, at: string, what: string): ConfigurationProblem[] {
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  return [{ at, why: `${what} is a whole number from ${min} to ${max}.` }];
}

function wrongSeconds(value: number | undefined, min: number, at: string): ConfigurationProblem[] {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= secondsMax)) return [];
  return [{ at, why: `A time is a whole number of seconds from ${min} to ${secondsMax}.` }];
}
