import { type AlertDescription, alertDescription } from "./alert.ts";
import { ByteReader } from "./byte-reader.ts";
import { noBytes } from "./bytes.ts";
import { encodeCertificate, encodeCertificateRequest, readSignature } from "./certificate-message.ts";
import type { CertificateType } from "./certificate-type.ts";
import { type CheckedCertificates, ownCertificate } from "./certificates.ts";
import { decodeClientKeyShare, encodeServerKeyShare } from "./ecdhe-message.ts";
import { isSigned, KeyShare } from "./elliptic-curve.ts";
import type { HandshakeFailure } from "./established.ts";
import { type HandshakeMessage, handshakeType } from "./handshake-message.ts";
import type { ExchangeStep, HelloRandoms, Saying, ServerKeyExchange } from "./key-exchange.ts";
import { claimedBy, provedBy, type ShownKey, shownKeyIn } from "./shown-key.ts";

/** How each side shows its key, as the hellos agreed on. */
export interface CertificateTypes {
  readonly client: CertificateType;
  readonly server: CertificateType;
}

type Phase = "expecting-certificate" | "expecting-key-share" | "expecting-proof" | "over";

/**
 * The server's part of ECDHE_ECDSA (RFC 8422 §2, RFC 7251), with a client that has to show a certificate or a key and prove
 * that it is its own.
 *
 * Whether the client is trusted is asked last: by then it has proved to have the private key, so a stranger who repeats
 * somebody's certificate costs one signature and not a whole chain of them, and whoever is refused by name really is that one.
 */
export class ServerEcdheExchange implements ServerKeyExchange {
  readonly #certificates: CheckedCertificates;
  readonly #types: CertificateTypes;
  readonly #randoms: HelloRandoms;
  #share: KeyShare | undefined;
  #shown: ShownKey | undefined;
  #phase: Phase = "expecting-certificate";
  claimed: Uint8Array | undefined;

  constructor(certificates: CheckedCertificates, types: CertificateTypes, randoms: HelloRandoms) {
    this.#certificates = certificates;
    this.#types = types;
    this.#randoms = randoms;
  }

  opening(): readonly Saying[] {
    const { privateKey } = this.#certificates;
    this.#share = new KeyShare();
    const own = ownCertificate(this.#certificates, this.#types.server);
    return [
      { type: handshakeType.certificate, body: encodeCertificate(own) },
      {
        type: handshakeType.serverKeyExchange,
        body: encodeServerKeyShare(this.#share.point, this.#randoms, privateKey),
      },
      { type: handshakeType.certificateRequest, body: encodeCertificateRequest() },
    ];
  }

  receive({ type, body }: HandshakeMessage, heard: () => Uint8Array): ExchangeStep {
    if (this.#phase === "expecting-certificate" && type === handshakeType.certificate) return this.#takeShown(body);
    if (this.#phase === "expecting-key-share" && type === handshakeType.clientKeyExchange) return this.#takeShare(body);
    // Without a CertificateVerify nothing is proved: it is not optional here, as it would be with other kinds of keys.
    if (this.#phase === "expecting-proof" && type === handshakeType.certificateVerify) {
      return this.#takeProof(body, heard());
    }
    return this.#fail("unexpected-message", alertDescription.unexpectedMessage);
  }

  #takeShown(body: Uint8Array): ExchangeStep {
    this.#shown = shownKeyIn(body, this.#types.client);
    if (!this.#shown) return this.#fail("no-certificate", alertDescription.badCertificate);
    this.claimed = claimedBy(this.#shown);
    this.#phase = "expecting-key-share";
    return { kind: "more" };
  }

  #takeShare(body: Uint8Array): ExchangeStep {
    const premaster = this.#share?.secretWith(decodeClientKeyShare(body));
    this.#share = undefined;
    if (!premaster) return this.#fail("wrong-key-share", alertDescription.illegalParameter);
    this.#phase = "expecting-proof";
    return { kind: "secret", premaster };
  }

  #takeProof(body: Uint8Array, heard: Uint8Array): ExchangeStep {
    const shown = this.#shown!;
    const signature = readSignature(new ByteReader(body)) ?? noBytes;
    if (!isSigned(heard, signature, shown.key)) return this.#fail("wrong-signature", alertDescription.decryptError);
    const proved = provedBy(shown, this.#certificates.trust);
    if (!proved) return this.#fail("untrusted", alertDescription.certificateUnknown);
    this.#phase = "over";
    return { kind: "proved", proved };
  }

  #fail(why: HandshakeFailure, alert: AlertDescription): ExchangeStep {
    this.#phase = "over";
    return { kind: "failed", why, alert };
  }
}
