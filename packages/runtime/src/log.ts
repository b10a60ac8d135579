/** Plain facts that go with a log line. Never a key, a token or a password. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured logging, as something a caller hands you. Production passes pino; a test passes {@link silentLog}. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
