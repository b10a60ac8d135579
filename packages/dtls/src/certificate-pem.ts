import { X509Certificate } from "node:crypto";

const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM file, in DER, in their order: a chain to show, or roots to trust. Whatever stands between them is
 * passed over. Throws an `Error` that says which cannot be read.
 */
export function certificatesInPem(file: string): readonly Uint8Array[] {
  return (file.match(block) ?? []).map((pem, index) => {
    try {
      return new Uint8Array(new X509Certificate(pem).raw);
    } catch (cause) {
      throw new Error(`Certificate ${index + 1} of the file cannot be read.`, { cause });
    }
  });
}
