import type { RouterOutputs } from "@/lib/trpc";
import type { Tone } from "@/ui/badge";

export type SecuritySummary = RouterOutputs["security"]["summary"];
export type SecurityLight = RouterOutputs["security"]["light"];
export type SecurityLightRow = RouterOutputs["security"]["lights"]["items"][number];
export type SecurityEvent = RouterOutputs["security"]["events"]["items"][number];
export type CredentialView = SecurityLight["credentials"][number];
export type Mode = SecurityLightRow["mode"];
export type Rule = SecuritySummary["noSec"]["effective"];

interface Words {
  readonly label: string;
  readonly tone: Tone;
  readonly meaning: string;
}

export const modeFilters = ["protected", "psk", "rpk", "x509", "no-sec", "bootstrap", "none"] as const;

/** How a light proves who it is. */
export const modeWords: Readonly<Record<Mode, Words>> = {
  psk: { label: "Pre-shared key", tone: "good", meaning: "It and the server know one secret key (DTLS-PSK)." },
  rpk: { label: "Public key", tone: "good", meaning: "The server knows its public key (DTLS, raw public key)." },
  x509: { label: "Certificate", tone: "good", meaning: "It shows a certificate that the server trusts (DTLS, X.509)." },
  "no-sec": { label: "In the clear, allowed", tone: "wait", meaning: "A person allowed it to speak without DTLS." },
  none: { label: "Nothing", tone: "idle", meaning: "It has no credential here." },
};

/** A light that has nothing for this server yet, and a key for the bootstrap server, which brings it the rest. */
export const bootstrapOnlyWords: Words = {
  label: "For its bootstrap only",
  tone: "outline",
  meaning: "It proves itself to the bootstrap server, which brings it what it needs here.",
};

/** What the list can be narrowed to. */
export const modeFilterLabels: Readonly<Record<(typeof modeFilters)[number], string>> = {
  protected: "Key or certificate",
  psk: modeWords.psk.label,
  rpk: modeWords.rpk.label,
  x509: modeWords.x509.label,
  "no-sec": modeWords["no-sec"].label,
  bootstrap: bootstrapOnlyWords.label,
  none: modeWords.none.label,
};

export const registeredWords: Readonly<Record<"secure" | "clear" | "no", Words>> = {
  secure: { label: "Over DTLS", tone: "good", meaning: "Registered over a protected connection." },
  clear: {
    label: "In the clear",
    tone: "wait",
    meaning: "Registered without protection: anybody on the way can listen.",
  },
  no: { label: "Not registered", tone: "idle", meaning: "It is not registered now." },
};

export const credentialStateWords: Readonly<Record<CredentialView["state"], Words>> = {
  active: { label: "Active", tone: "good", meaning: "This is what it proves itself with." },
  pending: { label: "Waits for its first use", tone: "wait", meaning: "The one before stays good until it is used." },
  retired: { label: "Retired", tone: "idle", meaning: "It is good no more." },
};

/** Where a credential comes from, and who asked for it. */
export function originOf({ source, createdBy }: Pick<CredentialView, "source" | "createdBy">): string {
  switch (source) {
    case "generated":
      return createdBy === "system" ? "made here by the server itself" : `made here for ${createdBy}`;
    case "imported":
      return `given by ${createdBy}`;
    case "bootstrap":
      return createdBy === "bootstrap"
        ? "brought by a bootstrap"
        : `brought by a bootstrap that ${createdBy} asked for`;
  }
}

export const eventKinds = [
  "unknown-identity",
  "wrong-key",
  "handshake-failed",
  "wrong-name",
  "clear-refused",
  "keys-refused",
  "key-unreadable",
  "key-rotated",
  "more",
] as const satisfies readonly SecurityEvent["kind"][];

export const eventWords: Readonly<Record<SecurityEvent["kind"], Words>> = {
  "unknown-identity": { label: "Unknown identity", tone: "bad", meaning: "Somebody named an identity nobody has." },
  "wrong-key": { label: "Wrong key", tone: "bad", meaning: "A known identity with a key that is not its own." },
  "handshake-failed": {
    label: "Handshake failed",
    tone: "lost",
    meaning: "A connection was begun and came to nothing.",
  },
  "wrong-name": { label: "Wrong name", tone: "bad", meaning: "The key of one light, and the name of another." },
  "clear-refused": { label: "Refused in the clear", tone: "wait", meaning: "It wanted to speak without DTLS." },
  "keys-refused": { label: "No keys in the clear", tone: "wait", meaning: "A bootstrap without DTLS gets no keys." },
  "key-unreadable": { label: "Key unreadable", tone: "bad", meaning: "A stored key cannot be opened." },
  "key-rotated": { label: "New key in use", tone: "good", meaning: "The light used its new key for the first time." },
  more: { label: "Much at once", tone: "lost", meaning: "More came than is told one by one." },
};

export const ruleWords: Readonly<Record<Rule, { readonly label: string; readonly meaning: string }>> = {
  everybody: { label: "Every light without a key", meaning: "For trials, and networks in which nobody else is." },
  listed: { label: "Only lights named here", meaning: "Those whose security is set to “in the clear” one by one." },
  nobody: { label: "No light", meaning: "Every light needs a key or a certificate." },
};

/** An identity as people read it: its text, or its bytes; a stranger's may have none. */
export function identityText(identity: { readonly text: string | null; readonly hex: string } | null): string | null {
  if (identity === null) return null;
  return identity.text ?? (identity.hex === "" ? "of no bytes" : `0x${identity.hex}`);
}
