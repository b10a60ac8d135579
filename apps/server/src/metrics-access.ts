import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

const thisMachine = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
const passedOnBy = ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"];

export const metricsRefused =
  "Figures are given to programs on this machine, and to others that send the token of LAMPLIGHTER_METRICS_TOKEN as a bearer.";

/**
 * Decides who may read the server's figures, which tell strangers how large an installation is and how it does.
 *
 * A request from this machine may, unless a proxy here has passed it on; any other needs the token, where one is set.
 */
export function metricsAccess(token: string | undefined): (request: IncomingMessage) => boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const wanted = token === undefined ? undefined : digest(`Bearer ${token}`);
  return ({ headers, socket }) => {
    if (wanted && timingSafeEqual(wanted, digest(headers.authorization ?? ""))) return true;
    return thisMachine.has(socket.remoteAddress ?? "") && passedOnBy.every((name) => headers[name] === undefined);
  };
}
