import { z } from "zod";

/** Text on one line: no control characters, no half of a surrogate pair. */
export const line = z
  .string()
  .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), "It holds a character that is no text. Take it out.");
/** The same on several lines: tabs and line ends may be in it. */
export const lines = z
  .string()
  .refine(
    (text) => line.safeParse(text.replace(/[\t\r\n]/g, "")).success,
    "It holds a character that is no text. Take it out.",
  );

/** An opaque identifier, as the API gave it out. */
export const id = z.string().min(1).max(64);
/** Many identifiers in one request. Beyond, the caller makes several requests. */
export const idsMax = 10_000;
export const ids = z.array(id).min(1).max(idsMax);

export const name = z.string().trim().min(1, "A name is needed.").max(120);
/** Words of a person, shown as text and never as markup. */
export const prose = z.string().trim().max(4_000);
export const search = z.string().trim().max(200);
/** One word of a place or a product: street, district, model. */
export const label = z.string().trim().max(200);
