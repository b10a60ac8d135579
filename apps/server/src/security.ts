import { randomBytes } from "node:crypto";
import type { LiveFeed } from "@lamplighter/api/live/feed";
import { usualRule } from "@lamplighter/api/security/clear-rule";
import type { KnownCredential } from "@lamplighter/api/security/credential-index";
import { SecurityLog } from "@lamplighter/api/security/security-log";
import { SecurityStore } from "@lamplighter/api/security/security-store";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { CredentialPurpose } from "@lamplighter/db/prisma-credential-store";
import type { SessionKeeper } from "@lamplighter/dtls/session-keeper";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import { bindUdp, parseAddress, type UdpPort } from "@lamplighter/runtime/udp-port";
import type { Config } from "./config.ts";
import { certificatesFor, type OwnCertificates } from "./dtls-certificates.ts";
import type { MasterKey } from "./key-file.ts";
import { SecureWay } from "./secure-way.ts";
import type { Shutdown } from "./shutdown.ts";
import { portFailure } from "./start-failure.ts";

/** The two UDP ports of one of our servers. */
export interface PortPair {
  readonly plain: UdpPort;
  readonly secure: UdpPort;
}

/** Binds both ports of a server, so that a taken one is said before anything else is started. */
export async function bindPair(
  host: string,
  ports: Readonly<
    Record<"plain" | "secure", { readonly port: number; readonly name: string; readonly setting: string }>
  >,
): Promise<PortPair> {
  const bind = ({ port, name, setting }: typeof ports.plain) =>
    bindUdp({ host, port }).catch((error) => {
      throw portFailure(error, name, port, setting);
    });
  const plain = await bind(ports.plain);
  try {
    return { plain, secure: await bind(ports.secure) };
  } catch (error) {
    await plain.close();
    throw error;
  }
}

export const portOf = ({ address }: UdpPort): number => parseAddress(address).port;

/** Opens the security store of this process. What it decides reaches the ways in that are made from it. */
export async function openSecurity(parts: {
  readonly config: Pick<Config, "coapHost">;
  readonly db: PrismaClient;
  readonly master: MasterKey;
  /** What this server shows to lights with public keys and certificates; without it only pre-shared keys are spoken. */
  readonly own?: OwnCertificates | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  readonly shutdown: Shutdown;
  /** Absent in a process that serves no console. */
  readonly live?: LiveFeed;
}) {
  const { config, db, master, own, clock, log, newId, shutdown, live } = parts;
  const ways = new Set<SecureWay>();
  const secured = new Set<(endpoint: string, purpose: CredentialPurpose) => void>();
  const unsecured = new Set<(endpoint: string, purpose: CredentialPurpose) => void>();
  const note = () => live?.note({ kind: "security" });
  const events = new SecurityLog({ db, clock, log, onWritten: note });
  const store = new SecurityStore({
    ...{ db, clock, log, newId, events, randomBytes },
    box: master.credentials,
    usualRule: usualRule(config.coapHost),
    onRetired: (credential: KnownCredential) => {
      for (const way of ways) way.forget(credential);
    },
    onSecured: (endpoint, purpose) => {
      for (const tell of secured) tell(endpoint, purpose);
    },
    onUnsecured: (endpoint, purpose) => {
      for (const tell of unsecured) tell(endpoint, purpose);
    },
  });
  await store.load();
  shutdown.add("security store", () => store.stop());
  return {
    store,
    events,
    /** Calls back when a light has a key that it did not have before. */
    onSecured(tell: (endpoint: string, purpose: CredentialPurpose) => void): void {
      secured.add(tell);
    },
    /** Calls back when a light has no key any more. */
    onUnsecured(tell: (endpoint: string, purpose: CredentialPurpose) => void): void {
      unsecured.add(tell);
    },
    /** Puts DTLS beneath a server. `sessions` keeps its connections over a restart. */
    way(purpose: CredentialPurpose, { plain, secure }: PortPair, sessions?: SessionKeeper): SecureWay {
      const certificates = own && certificatesFor(purpose, { own, store, clock });
      const more = { ...(sessions && { sessions }), ...(certificates && { certificates }) };
      const way = new SecureWay({ purpose, plain, secure, clock, store, events, onChange: note, ...more });
      ways.add(way);
      shutdown.add(`DTLS (${purpose})`, () => way.dtls.stop());
      return way;
    },
  };
}
export type Security = Awaited<ReturnType<typeof openSecurity>>;
