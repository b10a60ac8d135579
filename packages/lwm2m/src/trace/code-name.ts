import { formatCode } from "@lamplighter/coap/code";

const methods: Readonly<Record<number, string>> = {
  0: "empty",
  1: "GET",
  2: "POST",
  3: "PUT",
  4: "DELETE",
  5: "FETCH",
  6: "PATCH",
  7: "iPATCH",
};

/** A code as people say it: `GET` of a request, `2.05` of an answer. */
export function codeName(code: number): string {
  return methods[code] ?? formatCode(code);
}
