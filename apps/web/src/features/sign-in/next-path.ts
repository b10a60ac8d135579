/**
 * Where to go after signing in. Only a path of this console: an address that begins with two slashes, or a backslash that a
 * browser reads as one, would lead to a stranger's site.
 */
export function safeNextPath(next: string | null): string {
  if (next === null || !next.startsWith("/") || /^\/[/\\]/.test(next)) return "/";
  return next;
}
