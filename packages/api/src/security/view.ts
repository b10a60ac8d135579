import type { CredentialMode, CredentialPurpose, CredentialState } from "@lamplighter/db/prisma-credential-store";
import type { LineError } from "../inventory/import-line.ts";
import type { OperationView } from "../views.ts";
import type { NoSecRule } from "./clear-rule.ts";
import type { SecurityEventKind } from "./security-log.ts";

/** An identity for people: as text where it is text, and always in hexadecimal. */
export interface IdentityView {
  readonly text: string | null;
  readonly hex: string;
}

/** A credential of a light, without its key. Instants are ISO 8601. */
export interface CredentialView {
  readonly id: string;
  readonly purpose: CredentialPurpose;
  readonly mode: CredentialMode;
  readonly state: CredentialState;
  readonly identity: IdentityView | null;
  readonly source: "generated" | "imported" | "bootstrap";
  readonly createdAt: string;
  /** A person's name, or "bootstrap". */
  readonly createdBy: string;
  /** When its key was shown to a person; null: never. */
  readonly shownAt: string | null;
  readonly lastHandshakeAt: string | null;
  readonly lastSuite: string | null;
  readonly lastHasConnectionId: boolean | null;
}

/** The protected connection that a light has now. */
export interface SecureSessionView {
  readonly suite: string;
  readonly hasConnectionId: boolean;
  readonly isResumed: boolean;
  readonly connectedAt: string;
  /** Where it was last heard: `192.0.2.7:5684`. */
  readonly address: string;
  readonly identity: IdentityView;
}

export interface SecurityEventView {
  readonly seq: string;
  /** When it first happened, and when last: equal ones within a minute are one. */
  readonly at: string;
  readonly lastAt: string;
  readonly kind: SecurityEventKind;
  readonly endpoint: string | null;
  /** Null for an endpoint that is not in the inventory. */
  readonly deviceId: string | null;
  readonly identity: IdentityView | null;
  readonly address: string | null;
  /** A sentence. */
  readonly detail: string;
  readonly count: number;
}

/** How a light is registered now: over DTLS, in the clear, or not at all. */
export type RegisteredHow = "secure" | "clear" | null;

/** One line of the fleet's list: what a light has for this server. */
export interface SecurityLightRow {
  readonly endpoint: string;
  readonly deviceId: string | null;
  readonly name: string | null;
  /** Of the active credential, else of the pending one; `none` when it has neither. */
  readonly mode: CredentialMode | "none";
  readonly state: "active" | "pending" | "none";
  readonly identity: IdentityView | null;
  readonly lastHandshakeAt: string | null;
  readonly lastSuite: string | null;
  readonly lastHasConnectionId: boolean | null;
  /** Since when a new key waits beside the active one for its first use; null when none does. */
  readonly rotatingSince: string | null;
  readonly hasBootstrapCredential: boolean;
  readonly registered: RegisteredHow;
}

export interface SecurityLightView {
  readonly endpoint: string;
  readonly deviceId: string | null;
  readonly name: string | null;
  /** The active ones first, then those that wait, then the retired ones. */
  readonly credentials: readonly CredentialView[];
  readonly session: SecureSessionView | null;
  readonly registered: RegisteredHow;
  /** Whether it may speak in the clear now, and if not why not. */
  readonly clear: { readonly allowed: true } | { readonly allowed: false; readonly why: string };
  /** Whether a new key can be brought by a bootstrap, and if not why not. */
  readonly rotationByBootstrap: { readonly possible: true } | { readonly possible: false; readonly why: string };
  /** The newest. */
  readonly events: readonly SecurityEventView[];
}

export interface SecuritySummaryView {
  /** As it was set (null: by where the server listens), and what holds. */
  readonly noSec: { readonly setting: NoSecRule | null; readonly effective: NoSecRule };
  readonly coapsUri: string;
  readonly bootstrapCoapsUri: string;
  /** Server Public Key (object 0, resource 4) for lights with public keys: SubjectPublicKeyInfo in base64. */
  readonly publicKey: string;
  /** Whether the server trusts an authority, so that certificates let lights in. */
  readonly trustsAuthorities: boolean;
  /** Lights by the mode of their active credential for this server; `none`: they have none. */
  readonly lights: Readonly<Record<CredentialMode | "none", number>>;
  /** New keys for this server that wait for their first use. */
  readonly waiting: number;
  readonly registered: { readonly secure: number; readonly clear: number };
  /** Protected connections now, of lights with this server. */
  readonly connections: number;
  /** Happenings of the last 24 hours, by kind; kinds that did not happen are absent. */
  readonly lastDay: Readonly<Partial<Record<SecurityEventKind, number>>>;
}

/** A credential that was made. `key` is in hexadecimal, and is in no other answer ever again. */
export interface NewCredentialView {
  readonly credential: CredentialView;
  /** Null when the key was given by the person, or goes to the light by a bootstrap. */
  readonly key: string | null;
}

export interface RotationView extends NewCredentialView {
  /** What the light said when it was told to ask its bootstrap server; null for a key that a person brings. */
  readonly told: OperationView | null;
}

export interface SecurityImportReport {
  readonly dryRun: boolean;
  readonly rows: number;
  /** Lights that had none, lights that have another one now, and lines that say what is there already. */
  readonly added: number;
  readonly replaced: number;
  readonly unchanged: number;
  readonly errors: readonly LineError[];
  readonly errorCount: number;
  /** Lines that are stored, though it is not wise; the first of them. */
  readonly warnings: readonly LineError[];
  readonly warningCount: number;
}
