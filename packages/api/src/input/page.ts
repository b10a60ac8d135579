import { z } from "zod";

export const pageItemsMax = 500;
export const pageItemsUsual = 100;

/** Which part of a long list: the cursor is what the last page gave back. */
export const page = {
  cursor: z.string().max(1_000).optional(),
  limit: z.number().int().min(1).max(pageItemsMax).default(pageItemsUsual),
};
