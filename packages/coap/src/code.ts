/** Request methods (RFC 7252 §12.1.1, RFC 8132 §6). */
export const EMPTY = 0x00;
export const GET = 0x01;
export const POST = 0x02;
export const PUT = 0x03;
export const DELETE = 0x04;
export const FETCH = 0x05;
export const PATCH = 0x06;
export const IPATCH = 0x07;

/** Builds a code from its class and detail: `code(2, 5)` is 2.05 Content. */
export const code = (group: number, detail: number): number => (group << 5) | detail;

/** Response codes (RFC 7252 §12.1.2, RFC 7959 §2.9, RFC 8132 §6). */
export const CREATED = code(2, 1);
export const DELETED = code(2, 2);
export const VALID = code(2, 3);
export const CHANGED = code(2, 4);
export const CONTENT = code(2, 5);
export const CONTINUE = code(2, 31);
export const BAD_REQUEST = code(4, 0);
export const UNAUTHORIZED = code(4, 1);
export const BAD_OPTION = code(4, 2);
export const FORBIDDEN = code(4, 3);
export const NOT_FOUND = code(4, 4);
export const METHOD_NOT_ALLOWED = code(4, 5);
export const NOT_ACCEPTABLE = code(4, 6);
export const REQUEST_ENTITY_INCOMPLETE = code(4, 8);
export const CONFLICT = code(4, 9);
export const PRECONDITION_FAILED = code(4, 12);
export const REQUEST_ENTITY_TOO_LARGE = code(4, 13);
export const UNSUPPORTED_CONTENT_FORMAT = code(4, 15);
export const INTERNAL_SERVER_ERROR = code(5, 0);
export const NOT_IMPLEMENTED = code(5, 1);
export const BAD_GATEWAY = code(5, 2);
export const SERVICE_UNAVAILABLE = code(5, 3);
export const GATEWAY_TIMEOUT = code(5, 4);
export const PROXYING_NOT_SUPPORTED = code(5, 5);

/** The class of a code: 0 request, 2 success, 4 client error, 5 server error. */
export const codeClass = (value: number): number => value >> 5;
export const isRequest = (value: number): boolean => value >= 1 && value <= 31;
export const isResponse = (value: number): boolean => value >= 64 && value <= 191;
export const isSuccess = (value: number): boolean => value >> 5 === 2;

/** Writes a code as the RFC does: `formatCode(0x84)` is `"4.04"`. */
export function formatCode(value: number): string {
  return `${value >> 5}.${String(value & 31).padStart(2, "0")}`;
}
