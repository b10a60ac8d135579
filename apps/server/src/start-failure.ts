/** Why the server cannot start, as one sentence for the person who started it. Printed without a stack. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}

/** The sentence for a failure of ours or of the database; undefined for what nobody foresaw. */
export function sentenceOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const foreseen = ["StartFailure", "DatabaseUnavailable", "DataTooNew", "MigrationFailed", "BackupRefused"];
  return foreseen.includes(error.name) ? error.message : undefined;
}

const httpPorts = new Set(["LAMPLIGHTER_HTTP_PORT", "LAMPLIGHTER_METRICS_PORT"]);
/** EINVAL is how a UDP socket is told of a name that nobody knows. */
const noSuchAddress = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EAI_AGAIN", "EINVAL", "ENOTFOUND"]);

/** Turns the system's word for a port that cannot be had into a sentence that names the port and the setting. */
export function portFailure(error: unknown, what: string, port: number, setting: string): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "EADDRINUSE") {
    return new StartFailure(
      `${what} ${port} is in use already. Stop the program that holds it, or set ${setting} to another port.`,
      { cause: error },
    );
  }
  if (code === "EACCES") {
    return new StartFailure(`${what} ${port} may not be opened by this user. Set ${setting} to a port above 1023.`, {
      cause: error,
    });
  }
  if (typeof code === "string" && noSuchAddress.has(code)) {
    const hostSetting = httpPorts.has(setting) ? "LAMPLIGHTER_HOST" : "LAMPLIGHTER_COAP_HOST";
    return new StartFailure(
      `${what} ${port} cannot be opened: this machine does not have that address. Correct ${hostSetting}.`,
      { cause: error },
    );
  }
  return error;
}
