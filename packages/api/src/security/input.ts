import { credentialModes, credentialPurposes } from "@lamplighter/db/prisma-credential-store";
import { z } from "zod";
import { line } from "../input/text.ts";

/** A light's endpoint name. It need not be in the inventory yet: keys come before lights. */
export const endpoint = line.trim().min(1, "Give the endpoint name.").max(255);
export const purpose = z.enum(credentialPurposes);
export const mode = z.enum(credentialModes);
/** What a key or a public key may have as text; what it may be is judged by itself. */
export const keyText = z.string().max(2_000);
export const identityText = line.max(255);
