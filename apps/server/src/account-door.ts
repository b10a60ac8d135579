import type { IncomingMessage, ServerResponse } from "node:http";
import { type Auth, clientAddressHeader } from "@lamplighter/api/account/auth";
import { isStorable } from "@lamplighter/api/storable";
import { answerError, headersOf, readBody, sendResponse } from "./answer.ts";
import type { ClientAddress } from "./client-address.ts";

const bodyBytesMax = 16 * 1024;

/** Leads what concerns accounts and sessions to the accounts, after a look at whether it is text that they can take. */
export function accountDoor({
  auth,
  publicUrl,
  addressOf,
}: {
  readonly auth: Auth;
  readonly publicUrl: string;
  readonly addressOf: ClientAddress;
}) {
  return async (request: IncomingMessage, response: ServerResponse, path: string, url: URL): Promise<void> => {
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    const body = hasBody ? await readBody(request, bodyBytesMax) : undefined;
    const wrong = wrongInQuery(url) ?? (body && wrongInBody(body, request.headers["content-type"]));
    if (wrong !== undefined) return answerError(response, 400, "invalid-input", wrong);
    const headers = headersOf(request);
    // Whoever connects cannot choose what is written here, so a limit by address cannot be dodged.
    headers.set(clientAddressHeader, addressOf(request));
    const answer = await auth.handler(
      new Request(new URL(path + url.search, publicUrl), {
        method: request.method ?? "GET",
        headers,
        ...(body && { body: new Uint8Array(body) }),
      }),
    );
    await sendResponse(answer, response);
  };
}

const notText = "A text holds a NUL or half a character, which cannot be stored. Take it out.";

function wrongInQuery(url: URL): string | undefined {
  return [...url.searchParams].every((pair) => isStorable(pair)) ? undefined : notText;
}

function wrongInBody(body: Buffer, contentType = ""): string | undefined {
  if (body.length === 0 || !contentType.toLowerCase().includes("json")) return undefined;
  try {
    return isStorable(JSON.parse(body.toString("utf8"))) ? undefined : notText;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return "The request is not JSON. Send the fields as JSON.";
  }
}
