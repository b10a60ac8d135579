const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const dayOnly = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

/** What stands where there is nothing to show. */
export const nothing = "–";

/** A count with separators: `10,000`. */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** "1 light", "2 lights". */
export function countOf(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** A package as people call it: its name with its version, said once where the name ends in the version already. */
export function packageTitle({ name, version }: { readonly name: string; readonly version: string }): string {
  const before = name.endsWith(version) ? name.slice(0, -version.length) : undefined;
  return before !== undefined && !/[\d.]$/.test(before) ? name : `${name} ${version}`;
}

/** A share as a whole percentage, truncated: 999 of 1,000 reads 99 %, never 100 %. */
export function formatPercent(part: number, whole: number): string {
  if (whole <= 0) return "0 %";
  return `${Math.floor((part / whole) * 100)} %`;
}

const byteUnits = ["B", "kB", "MB", "GB"] as const;

/** A size in decimal units: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.floor(value) : value.toFixed(1).replace(/\.0$/, "")} ${byteUnits[unit]}`;
}

const mebibyte = 1024 * 1024;

/** A limit as it was set: `256 MiB` where it is a whole number of them, else like any size. */
export function formatLimit(bytes: number): string {
  return bytes >= mebibyte && bytes % mebibyte === 0 ? `${formatCount(bytes / mebibyte)} MiB` : formatBytes(bytes);
}

/** An instant in the reader's own time zone, to the second. */
export function formatInstant(iso: string): string {
  return exact.format(new Date(iso));
}

/** An instant to the minute. */
export function formatMinute(iso: string): string {
  return short.format(new Date(iso));
}

/** A day. */
export function formatDay(iso: string): string {
  return dayOnly.format(new Date(iso));
}

const steps = [
  { seconds: 60, divisor: 1, unit: "s" },
  { seconds: 3_600, divisor: 60, unit: "min" },
  { seconds: 86_400, divisor: 3_600, unit: "h" },
  { seconds: Number.POSITIVE_INFINITY, divisor: 86_400, unit: "d" },
] as const;

/** How far an instant is from now: `12 s ago`, `in 3 h`. */
export function formatRelative(iso: string, now: number): string {
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 5) return "just now";
  const amount = formatDuration(distance);
  return seconds < 0 ? `${amount} ago` : `in ${amount}`;
}

/** A length of time in its largest fitting unit: `90 s` reads `1 min`. */
export function formatDuration(seconds: number): string {
  const step = steps.find((candidate) => seconds < candidate.seconds) ?? steps[3];
  return `${Math.floor(seconds / step.divisor)} ${step.unit}`;
}
