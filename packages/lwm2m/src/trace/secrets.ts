import { downloadSegment } from "../downloads.ts";
import type { ObjectModel } from "../object-model.ts";
import type { Path } from "../path.ts";

/** Objects that hold credentials: Security, OSCORE, MQTT Server, COSE. */
const secretObjects: readonly number[] = [0, 21, 23, 24];
/** Of the Security object what may be seen: address, kind, names, times. Everything else is a key or leads to one. */
const openOfSecurity: readonly number[] = [0, 1, 2, 6, 9, 10, 11, 12, 13, 14, 15, 16];
const secretNames = /\b(?:password|passphrase|secret|psk|private key|key)\b/i;

/** Whether nothing of an object's content may be shown unless it was taken apart to resources first. */
export function holdsSecrets(object: number): boolean {
  return secretObjects.includes(object);
}

/**
 * Whether a value must not be shown: keys of the Security object, all of the other objects that hold credentials, and
 * whatever a definition calls a password, a secret or a key. A Package URI is a right to fetch: it is one too.
 */
export function isSecret(path: Path, model: ObjectModel | undefined): boolean {
  const { object, resource } = path;
  if (object === 0) return resource === undefined || !openOfSecurity.includes(resource);
  if (holdsSecrets(object)) return true;
  if (isPackageUri(path)) return true;
  const name = resource === undefined ? undefined : model?.resources.get(resource)?.name;
  return name !== undefined && secretNames.test(name);
}

/** Whether the address of an image stands there: of firmware, or of software. */
export function isPackageUri({ object, resource }: Path): boolean {
  return (object === 5 && resource === 1) || (object === 9 && resource === 3);
}

/** An address as it may be shown: one of ours without the token at its end, whatever a device has made of the rest. */
export function shownUri(uri: string): string {
  return uri.replace(/(\/fw\/).+$/is, "$1…");
}

/** A request's path as it may be shown: who knows the last segment of a download's address may fetch the image. */
export function shownPath(path: readonly string[]): string {
  const isDownload = path[0] === downloadSegment && path.length > 1;
  return `/${(isDownload ? [path[0], "…"] : path).join("/")}`;
}
