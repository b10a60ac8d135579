import { execFile, spawnSync } from "node:child_process";

/** libcoap's command line client, under the names that its packages give it; the one without TLS does all that is needed here. */
const names = ["coap-client-notls", "coap-client-openssl", "coap-client-gnutls", "coap-client"];
const program = names.find((name) => spawnSync(name, ["-v", "0"], { stdio: "ignore" }).error === undefined);

export interface CoapAnswer {
  /** `2.01`, or `RST` for a reset, or `none`. */
  readonly code: string;
  /** Options as libcoap prints them: `Location-Path:rd`. */
  readonly options: readonly string[];
  readonly payload: string;
  /** Everything that it printed. */
  readonly log: string;
}

/**
 * Runs libcoap's coap-client to its end and says what it got: a client that somebody else wrote.
 *
 * Rejects, with how to install it, where it is missing.
 */
export function coapClient(uri: string, args: readonly string[] = []): Promise<CoapAnswer> {
  if (program === undefined) {
    return Promise.reject(
      new Error(
        "libcoap's coap-client is missing: install it with `apt-get install libcoap3-bin` (Debian, Ubuntu), `brew install libcoap` (macOS), or run `npm test` as root, which does.",
      ),
    );
  }
  return new Promise((resolve, reject) => {
    execFile(program, ["-v", "7", "-B", "8", ...args, uri], { encoding: "utf8" }, (error, stdout, stderr) => {
      if (error && error.code === "ENOENT") return reject(error);
      resolve(lastAnswer(stdout + stderr));
    });
  });
}

/** `v:1 t:ACK c:2.01 i:1f2e {01} [ Location-Path:rd, … ] :: 'payload'` */
function lastAnswer(log: string): CoapAnswer {
  const line = [...log.matchAll(/^v:1 t:(ACK|CON|NON|RST) c:(\S+) i:\S+ \{[^}]*\} \[ ?(.*?) ?\](?: :: (.*))?$/gm)]
    .filter(([, type, code]) => type === "RST" || /^[2-5]\.\d\d$/.test(code ?? ""))
    .at(-1);
  if (!line) return { code: "none", options: [], payload: "", log };
  const [, type, code = "", options = "", payload = ""] = line;
  return {
    code: type === "RST" ? "RST" : code,
    options: options.split(", ").filter((option) => option !== ""),
    payload: payload.replace(/^'|'$/g, ""),
    log,
  };
}
