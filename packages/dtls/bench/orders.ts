/** What the measuring process says to the measured one, and what comes back. */
export type Order = { readonly kind: "start" | "stop" | "memory" | "crypto" | "restore" };

/** What a light needs to prove itself to the measured process by a certificate: keys and certificates in base64 and PEM. */
export interface LightPapers {
  readonly privateKey: string;
  readonly chain: readonly string[];
}

export type Report =
  | { readonly kind: "ready"; readonly port: number; readonly light: LightPapers }
  | { readonly kind: "started" }
  | { readonly kind: "used"; readonly microseconds: number }
  | { readonly kind: "memory"; readonly bytes: number; readonly connections: number; readonly cookiesAsked: number }
  | { readonly kind: "restored"; readonly microseconds: number; readonly connections: number }
  | { readonly kind: "crypto"; readonly seal: number; readonly open: number };
