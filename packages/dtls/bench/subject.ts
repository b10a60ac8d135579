import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { SealedBox } from "@lamplighter/runtime/sealed-box";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, parseAddress } from "@lamplighter/runtime/udp-port";
import { trustRoots } from "../src/certificate-trust.ts";
import { sendAhead } from "../src/reserve.ts";
import { DtlsServerPort } from "../src/server-port.ts";
import { SessionKeeper } from "../src/session-keeper.ts";
import type { DtlsSessionStore, StoredSession } from "../src/session-store.ts";
import { cityNow, lightCertificate, lightKeys, middle, roots, x509Server } from "../test/city.ts";
import type { LightPapers, Order, Report } from "./orders.ts";

/**
 * The process whose CPU time and memory are measured: an echo, in the clear (`raw`), over DTLS (`dtls`), or over DTLS with
 * its connections stored in memory as they are used (`kept`), told what to do by messages.
 */
const udp = await bindUdp({ host: "127.0.0.1", port: 0 });
const key = Buffer.from("a-key-of-16bytes");
const throughRoots = trustRoots({ roots, now: cityNow, purpose: "client" });
const clock = systemClock();
const box = new SealedBox({ key: randomBytes(32), randomBytes });
const rows = new Map<string, StoredSession>();
/** As long as a database takes. */
const saveMilliseconds = 5;
const store: DtlsSessionStore = {
  takeUp: async () => [...rows.values()],
  save: ({ put, progress, remove }) =>
    new Promise((resolve) => {
      setTimeout(() => {
        for (const row of put) rows.set(row.name, row);
        for (const row of progress) {
          const known = rows.get(row.name);
          if (known) rows.set(row.name, { ...known, ...row });
        }
        for (const name of remove) rows.delete(name);
        resolve();
      }, saveMilliseconds);
    }),
};
const kind = process.argv[2];
const server =
  kind === "dtls" || kind === "kept"
    ? new DtlsServerPort({
        port: udp,
        ...{ clock, randomBytes },
        keyOf: () => key,
        ...(kind === "kept" && { sessions: new SessionKeeper({ store, box, clock }) }),
        // A chain is judged in full; a bare key is anybody's.
        certificates: {
          ...x509Server,
          trust: (peer) => (peer.kind === "rpk" ? { identity: peer.publicKeyInfo } : throughRoots(peer)),
        },
        limits: { keyExchangesPerSecondMax: 1e6 },
      })
    : undefined;
const echo = server ?? udp;
echo.onDatagram((from, datagram) => echo.send(from, datagram));

/** CPU µs of opening and of sealing one record of 100 bytes with CCM_8, and nothing else. */
function cryptoMicroseconds(): { seal: number; open: number } {
  const rounds = 20_000;
  const secret = createSecretKey(key);
  const plain = Buffer.alloc(100, 1);
  const additional = Buffer.alloc(13);
  const nonce = Buffer.alloc(12);
  const seal = () => {
    const cipher = createCipheriv("aes-128-ccm", secret, nonce, { authTagLength: 8 });
    cipher.setAAD(additional, { plaintextLength: plain.length });
    const body = cipher.update(plain);
    cipher.final();
    return { body, tag: cipher.getAuthTag() };
  };
  const sealed = seal();
  const open = () => {
    const decipher = createDecipheriv("aes-128-ccm", secret, nonce, { authTagLength: 8 });
    decipher.setAAD(additional, { plaintextLength: plain.length });
    decipher.setAuthTag(sealed.tag);
    decipher.update(sealed.body);
    decipher.final();
  };
  const perRound = (work: () => void) => {
    for (let round = 0; round < rounds / 4; round++) work();
    const before = process.cpuUsage();
    for (let round = 0; round < rounds; round++) work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / rounds;
  };
  return { seal: perRound(seal), open: perRound(open) };
}

/** What the process holds, native memory too, less the room that its heap has taken for garbage to come. */
function bytesInUse(): number {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return rss - heapTotal + heapUsed;
}

/** CPU µs of taking up all that is stored, as at a start. */
async function restoreMicroseconds(): Promise<{ microseconds: number; connections: number }> {
  const port = { address: "127.0.0.1:1", send: () => {}, onDatagram: () => {} };
  const sessions = new SessionKeeper({ store: { takeUp: async () => [], save: async () => {} }, box, clock });
  const restarted = new DtlsServerPort({ ...{ port, clock, randomBytes, sessions }, keyOf: () => key });
  const stored = await store.takeUp({ sendBelow: sendAhead, acceptedBelow: 0 });
  const began = process.cpuUsage();
  const connections = restarted.restore(stored, box, { sendBelow: sendAhead, acceptedBelow: 0 });
  const { user, system } = process.cpuUsage(began);
  restarted.stop();
  return { microseconds: user + system, connections };
}

let before = process.cpuUsage();
const tell = (report: Report) => process.send?.(report);
process.on("message", ({ kind }: Order) => {
  switch (kind) {
    case "start":
      before = process.cpuUsage();
      return tell({ kind: "started" });
    case "stop": {
      const { user, system } = process.cpuUsage(before);
      return tell({ kind: "used", microseconds: user + system });
    }
    case "memory":
      globalThis.gc?.();
      return tell({
        kind: "memory",
        bytes: bytesInUse(),
        connections: server?.connections ?? 0,
        cookiesAsked: server?.counters.cookiesAsked ?? 0,
      });
    case "restore":
      return void restoreMicroseconds().then((figures) => tell({ kind: "restored", ...figures }));
    case "crypto":
      return tell({ kind: "crypto", ...cryptoMicroseconds() });
  }
});
process.on("disconnect", () => process.exit(0));
const light: LightPapers = {
  privateKey: String(lightKeys.privateKey.export({ format: "pem", type: "pkcs8" })),
  chain: [lightCertificate, middle].map(({ certificate }) => Buffer.from(certificate).toString("base64")),
};
tell({ kind: "ready", port: parseAddress(udp.address).port, light });
