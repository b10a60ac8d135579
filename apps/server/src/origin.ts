import type { IncomingMessage } from "node:http";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Decides whether a request may change something, or open a live connection, by where its page came from.
 *
 * A browser says so in `Origin` (or at least in `Sec-Fetch-Site`); a script says nothing and has no cookie of a person.
 * This stops other sites from acting through somebody's session (CSRF, cross-site WebSocket hijacking).
 */
export function originRule(publicUrl: string | undefined) {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;

  function trusted(host: string | undefined): string[] {
    const own = host === undefined || publicOrigin?.startsWith("https:") ? [] : [`http://${host}`];
    return publicOrigin === undefined ? own : [publicOrigin, ...own];
  }

  return {
    trusted,
    mayOpenSocket(request: IncomingMessage): boolean {
      const { origin, host } = request.headers;
      return origin === undefined || trusted(host).includes(origin);
    },
    mayChange(request: IncomingMessage): boolean {
      if (safeMethods.has(request.method ?? "")) return true;
      const { origin, host } = request.headers;
      if (origin !== undefined) return trusted(host).includes(origin);
      const site = request.headers["sec-fetch-site"];
      return site === undefined || site === "same-origin" || site === "none";
    },
  };
}
export type OriginRule = ReturnType<typeof originRule>;
