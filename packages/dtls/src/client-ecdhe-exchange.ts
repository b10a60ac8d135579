import { type AlertDescription, alertDescription } from "./alert.ts";
import { copied } from "./bytes.ts";
import { decodeCertificateRequest, encodeCertificate, encodeSignature } from "./certificate-message.ts";
import { type CheckedCertificates, ownCertificate } from "./certificates.ts";
import { decodeServerKeyShare, encodeClientKeyShare } from "./ecdhe-message.ts";
import { KeyShare, signed } from "./elliptic-curve.ts";
import type { HandshakeFailure } from "./established.ts";
import { type HandshakeMessage, handshakeType } from "./handshake-message.ts";
import type { ClientAnswer, ClientKeyExchange, ExchangeStep, HelloRandoms } from "./key-exchange.ts";
import type { CertificateTypes } from "./server-ecdhe-exchange.ts";
import { provedBy, type ShownKey, shownKeyIn } from "./shown-key.ts";

type Phase = "expecting-certificate" | "expecting-key-share" | "expecting-request" | "complete" | "over";
type Failed = Extract<ExchangeStep, { kind: "failed" }>;

/** The client's part of ECDHE_ECDSA: it looks at the server's key before it shows its own (RFC 8422 §2). */
export class ClientEcdheExchange implements ClientKeyExchange {
  readonly #certificates: CheckedCertificates;
  readonly #types: CertificateTypes;
  readonly #randoms: HelloRandoms;
  #shown: ShownKey | undefined;
  #point: Uint8Array | undefined;
  #phase: Phase = "expecting-certificate";

  constructor(certificates: CheckedCertificates, types: CertificateTypes, randoms: HelloRandoms) {
    this.#certificates = certificates;
    this.#types = types;
    this.#randoms = randoms;
  }

  receive({ type, body }: HandshakeMessage): ExchangeStep {
    if (this.#phase === "expecting-certificate" && type === handshakeType.certificate) return this.#takeShown(body);
    if (this.#phase === "expecting-key-share" && type === handshakeType.serverKeyExchange) return this.#takeShare(body);
    if (this.#phase === "expecting-request" && type === handshakeType.certificateRequest) {
      if (!decodeCertificateRequest(body)) return this.#fail("no-certificate", alertDescription.unsupportedCertificate);
      this.#phase = "complete";
      return { kind: "more" };
    }
    return this.#fail("unexpected-message", alertDescription.unexpectedMessage);
  }

  answer(): ClientAnswer | Failed {
    // A server that does not ask who we are would take anybody.
    if (this.#phase !== "complete") return this.#fail("unexpected-message", alertDescription.unexpectedMessage);
    const { privateKey, trust } = this.#certificates;
    const proved = provedBy(this.#shown!, trust);
    if (!proved) return this.#fail("untrusted", alertDescription.certificateUnknown);
    const share = new KeyShare();
    const premaster = share.secretWith(this.#point!);
    if (!premaster) return this.#fail("wrong-key-share", alertDescription.illegalParameter);
    this.#phase = "over";
    const own = ownCertificate(this.#certificates, this.#types.client);
    return {
      kind: "answer",
      sayings: [
        { type: handshakeType.certificate, body: encodeCertificate(own) },
        { type: handshakeType.clientKeyExchange, body: encodeClientKeyShare(share.point) },
      ],
      premaster,
      proved,
      afterwards: (heard) => [
        { type: handshakeType.certificateVerify, body: encodeSignature(signed(heard(), privateKey)) },
      ],
    };
  }

  #takeShown(body: Uint8Array): ExchangeStep {
    this.#shown = shownKeyIn(body, this.#types.server);
    if (!this.#shown) return this.#fail("no-certificate", alertDescription.badCertificate);
    this.#phase = "expecting-key-share";
    return { kind: "more" };
  }

  #takeShare(body: Uint8Array): ExchangeStep {
    const share = decodeServerKeyShare(body, this.#randoms, this.#shown!.key);
    if (share.kind === "other-curve") return this.#fail("wrong-key-share", alertDescription.illegalParameter);
    if (share.kind === "wrong-signature") return this.#fail("wrong-signature", alertDescription.decryptError);
    this.#point = copied(share.point);
    this.#phase = "expecting-request";
    return { kind: "more" };
  }

  #fail(why: HandshakeFailure, alert: AlertDescription): Failed {
    this.#phase = "over";
    return { kind: "failed", why, alert };
  }
}
