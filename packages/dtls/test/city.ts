import type { KeyObject } from "node:crypto";
import { TrustedRoots } from "../src/certificate-chain.ts";
import { trustPinned, trustRoots } from "../src/certificate-trust.ts";
import type { Certificates } from "../src/certificates.ts";
import { publicKeyInfoOf } from "../src/elliptic-curve.ts";
import { keyUsageBit, makeCertificate, newKeys } from "./certificate-maker.ts";
import { text } from "./world.ts";

/** A city that vouches for its server and its lights: keys and certificates for tests, made anew each time. */
interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const infoOf = ({ publicKey }: Keys): Uint8Array => publicKeyInfoOf(publicKey)!;

/** Trusts one key, and calls its owner so. */
export const pinned = (keys: Keys, name: string) =>
  trustPinned((info) => (Buffer.compare(info, infoOf(keys)) === 0 ? text(name) : undefined));

export const cityNow = () => Date.UTC(2026, 0, 1);
export const [serverKeys, lightKeys] = [newKeys(), newKeys()];

export const root = makeCertificate({
  name: "Lamps of the city",
  isAuthority: true,
  keyUsage: keyUsageBit.certificateSigning,
});
export const middle = makeCertificate({ name: "Lamps of the east", isAuthority: true, pathLengthMax: 0, by: root });
export const roots = new TrustedRoots([root.certificate]);
export const lightCertificate = makeCertificate({ name: "light-1", by: middle, keys: lightKeys });
export const serverCertificate = makeCertificate({ name: "lamps.example", by: middle, keys: serverKeys });

export const rawServer: Certificates = { privateKey: serverKeys.privateKey, trust: pinned(lightKeys, "light-1") };
export const rawLight: Certificates = { privateKey: lightKeys.privateKey, trust: pinned(serverKeys, "the server") };
export const x509Server: Certificates = {
  privateKey: serverKeys.privateKey,
  chain: [serverCertificate.certificate, middle.certificate],
  trust: trustRoots({ roots, now: cityNow, purpose: "client" }),
};
export const x509Light: Certificates = {
  privateKey: lightKeys.privateKey,
  chain: [lightCertificate.certificate, middle.certificate],
  trust: trustRoots({ roots, now: cityNow, purpose: "server" }),
  accepts: ["x509"],
};
