/** Tells whether this is the name of a time zone in the IANA's database, such as `Europe/Vienna`. */
export function isTimeZone(zone: string): boolean {
  // An offset such as +01:00 is taken by the runtime, and knows no summer.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }) !== undefined;
  } catch {
    // The runtime throws for a zone it does not know, and has no way to ask.
    return false;
  }
}
