import type { ServerResponse } from "node:http";

/**
 * What a page of ours may do. Scripts and styles come from us alone ("unsafe-inline" because Next writes its start-up data
 * into the page); map tiles may come from any server the administrator names; nobody may frame us.
 */
const contentPolicy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob: http: https:",
  "connect-src 'self' http: https:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

export function setSecurityHeaders(response: ServerResponse, overHttps: boolean): void {
  response.setHeader("content-security-policy", contentPolicy);
  response.setHeader("x-content-type-options", "nosniff");
  response.setHeader("x-frame-options", "DENY");
  // A one-time link must not travel on to another site.
  response.setHeader("referrer-policy", "same-origin");
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("permissions-policy", "camera=(), microphone=(), geolocation=(self)");
  if (overHttps) response.setHeader("strict-transport-security", "max-age=31536000");
}
