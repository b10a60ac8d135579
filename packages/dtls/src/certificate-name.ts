import { copied } from "./bytes.ts";
import { certificateFields } from "./certificate-fields.ts";
import { DerReader, derTag, objectIdText, sequenceIn } from "./der.ts";

/** Longer names are no names: as long as an identity may be that goes with a pre-shared key (RFC 4279 §5.3). */
export const nameBytesMax = 128;
const commonName = "2.5.4.3";
const subjectAltName = "2.5.29.17";
/** Kinds of alternative names that can name a light: a DNS name, and a URI such as `urn:dev:…` (RFC 5280 §4.2.1.6). */
const namingTags: readonly number[] = [0x82, 0x86];
/** Names of a certificate that are looked at. */
const namesMax = 16;

/**
 * What a certificate calls its owner: the one alternative name that is a DNS name or a URI, and where there is none of those the
 * one common name (RFC 9525 §2; OMA TS Transport 1.1 §5.2.8.2 lets both be the endpoint name).
 *
 * Undefined when there is none or several, or when it has other characters than printable ASCII: a name that two readers may
 * read in two ways is no name. Throws {@link MalformedRecord}.
 */
export function ownerOf(certificate: Uint8Array): Uint8Array | undefined {
  const names = alternativeNames(certificate);
  return only(names.length > 0 ? names : commonNames(certificate));
}

/** The common name, when there is one that can be shown. Throws {@link MalformedRecord}. */
export function commonNameIn(certificate: Uint8Array): Uint8Array | undefined {
  return only(commonNames(certificate));
}

function alternativeNames(certificate: Uint8Array): readonly Uint8Array[] {
  const extension = certificateFields(certificate).extensions.get(subjectAltName);
  if (!extension) return [];
  const list = sequenceIn(extension.value);
  const names: Uint8Array[] = [];
  while (!list.isAtEnd && names.length < namesMax) {
    const { tag, content } = list.next();
    if (namingTags.includes(tag)) names.push(content);
  }
  return names;
}

/** A subject is a list of sets of attributes (RFC 5280 §4.1.2.4). */
function commonNames(certificate: Uint8Array): readonly Uint8Array[] {
  const sets = sequenceIn(certificateFields(certificate).subject);
  const names: Uint8Array[] = [];
  while (!sets.isAtEnd && names.length < namesMax) {
    const attributes = new DerReader(sets.expect(derTag.set).content);
    while (!attributes.isAtEnd) {
      const attribute = new DerReader(attributes.expect(derTag.sequence).content);
      const isName = objectIdText(attribute.expect(derTag.objectId).content) === commonName;
      const { tag, content } = attribute.next();
      attribute.end();
      const isText = tag === derTag.utf8String || tag === derTag.printableString || tag === derTag.ia5String;
      if (isName) names.push(isText ? content : new Uint8Array(0));
    }
  }
  return names;
}

function only(names: readonly Uint8Array[]): Uint8Array | undefined {
  const [name] = names;
  if (!name || names.length > 1 || name.length === 0 || name.length > nameBytesMax) return undefined;
  // A zero byte in the middle once made "bank.example\0.evil" a bank.
  return name.every((byte) => byte > 0x20 && byte < 0x7f) ? copied(name) : undefined;
}
