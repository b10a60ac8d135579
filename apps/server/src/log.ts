import type { Log } from "@lamplighter/runtime/log";
import { pino } from "pino";
import { PinoPretty as pretty } from "pino-pretty";
import type { Config } from "./config.ts";

/** Structured lines on standard error, so that standard output stays free for what people and scripts asked for. */
export function createLog({ logLevel, prettyLog }: Pick<Config, "logLevel" | "prettyLog">): Log {
  const options = {
    level: logLevel,
    base: null,
    redact: {
      paths: ["password", "token", "secret", "cookie", "authorization", "*.password", "*.token"],
      remove: true,
    },
  };
  const logger = pino(
    options,
    prettyLog
      ? pretty({ destination: 2, sync: true, translateTime: "SYS:HH:MM:ss", ignore: "pid,hostname" })
      : pino.destination({ dest: 2, sync: true }),
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}
