declare const unit: unique symbol;

/** A span of time in milliseconds. Made with {@link seconds} and friends, never from a bare number. */
export type Duration = number & { readonly [unit]: "ms" };

export const milliseconds = (n: number): Duration => n as Duration;
export const seconds = (n: number): Duration => milliseconds(n * 1_000);
export const minutes = (n: number): Duration => seconds(n * 60);
export const hours = (n: number): Duration => minutes(n * 60);
export const scale = (span: Duration, factor: number): Duration => milliseconds(span * factor);
