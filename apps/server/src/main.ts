import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { actorOf, createAuth } from "@lamplighter/api/account/auth";
import { oneTimeLinks } from "@lamplighter/api/account/one-time-link";
import { shutOutDemoAdministrator } from "@lamplighter/api/account/people";
import { jobViews } from "@lamplighter/api/campaign/job-view";
import { liveCampaigns } from "@lamplighter/api/campaign/view";
import type { Services } from "@lamplighter/api/context";
import { fileBlobs } from "@lamplighter/api/firmware/blobs";
import { type EnrolmentPolicy, enrolmentGate } from "@lamplighter/api/inventory/enrolment-gate";
import { knownEndpoints } from "@lamplighter/api/inventory/reconcile";
import { LiveFeed } from "@lamplighter/api/live/feed";
import { watchedSoftwareStore } from "@lamplighter/api/live/watched-software-store";
import { watchedStore } from "@lamplighter/api/live/watched-store";
import { usualRule } from "@lamplighter/api/security/clear-rule";
import { PrismaCampaignStore } from "@lamplighter/db/prisma-campaign-store";
import { PrismaSoftwareStore } from "@lamplighter/db/prisma-software-store";
import { Downloads } from "@lamplighter/lwm2m/downloads";
import { seconds } from "@lamplighter/runtime/duration";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { reachable } from "./addresses.ts";
import { headersOf } from "./answer.ts";
import {
  bindBootstrap,
  bootstrapCoapsUriOf,
  bootstrapUriOf,
  startBootstrap,
  startBootstrapAlone,
} from "./bootstrap.ts";
import { startCampaigns } from "./campaigns.ts";
import { clientAddress } from "./client-address.ts";
import { readConfig } from "./config.ts";
import { startConsole } from "./console-process.ts";
import { consoleProxy } from "./console-proxy.ts";
import { downloadSecret, keepConsoleUrl, openDataFolder, sessionSecret } from "./data-folder.ts";
import { openServerDatabase } from "./database.ts";
import { startDemo } from "./demo.ts";
import { writeDemoKeys } from "./demo-keys.ts";
import { openCertificates } from "./dtls-certificates.ts";
import { openDtlsSessions } from "./dtls-sessions.ts";
import { createEngine } from "./engine.ts";
import { greeting } from "./greeting.ts";
import { openFrontDoor } from "./http.ts";
import { imageShelf } from "./image-shelf.ts";
import { openMasterKey } from "./key-file.ts";
import { liveSocket } from "./live-socket.ts";
import { createLog } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { metricsAccess } from "./metrics-access.ts";
import { originRule } from "./origin.ts";
import { places, requestsPersonMax } from "./places.ts";
import { readProfiles } from "./profiles.ts";
import { bindPair, openSecurity, portOf } from "./security.ts";
import { Shutdown, stopOnSignals } from "./shutdown.ts";
import { startSoftware } from "./software.ts";
import { portFailure, StartFailure, sentenceOf } from "./start-failure.ts";

const nodeMajorMin = 24;
const stopGently = seconds(3);

// The composition root: here, and nowhere else, the parts are made and put together, in plain order.
const shutdown = new Shutdown();
const starting = start();
shutdown.hold(starting);
try {
  await starting;
} catch (error) {
  const sentence = sentenceOf(error);
  if (sentence === undefined) console.error("Lamplighter cannot start, for a reason nobody foresaw:", error);
  else console.error(`Lamplighter cannot start: ${sentence}`);
  process.exitCode = 1;
  await shutdown.run(createLog({ logLevel: "error", prettyLog: false }));
  process.exit(1);
}

async function start(): Promise<void> {
  if (Number(process.versions.node.split(".")[0]) < nodeMajorMin) {
    throw new StartFailure(`Node ${process.versions.node} is too old. Start with \`npm start\`, which brings Node 24.`);
  }
  const config = readConfig();
  const clock = systemClock();
  const log = createLog(config);
  stopOnSignals(shutdown, { clock, log });
  const newId = () => randomUUID();
  if (config.parts === "bootstrap") return console.log(await startBootstrapAlone(config, { clock, log, shutdown }));

  const profiles = readProfiles(config.profilesFile);
  openDataFolder(config.dataFolder);
  const origins = originRule(config.publicUrl);
  const door = await openFrontDoor({ host: config.host, port: config.httpPort, origins }).catch((error) => {
    throw portFailure(error, "HTTP port", config.httpPort, "LAMPLIGHTER_HTTP_PORT");
  });
  const publicUrl = config.publicUrl ?? `http://${reachable(config.host, door.port)}`;
  const ports = await bindPair(config.coapHost, {
    plain: { port: config.coapPort, name: "CoAP port", setting: "LAMPLIGHTER_COAP_PORT" },
    secure: { port: config.coapsPort, name: "CoAPS port", setting: "LAMPLIGHTER_COAPS_PORT" },
  });
  const [coapPort, coapsPort] = [portOf(ports.plain), portOf(ports.secure)];

  const bootstrapPorts = config.parts === "all" ? await bindBootstrap(config) : undefined;

  const database = await openServerDatabase(config, { clock, log, shutdown });
  const { prisma: db } = database;
  // Added after the database, so closed before it; the inventory is written between the two.
  shutdown.add("UDP ports", async () => {
    await ports.plain.close();
    await ports.secure.close();
  });

  const live = new LiveFeed({
    clock,
    log,
    epoch: newId(),
    views: { campaigns: (ids) => liveCampaigns(db, ids), jobs: (ids) => jobViews(db, ids) },
  });
  const installation = await db.installation.findUniqueOrThrow({ where: { id: 1 } });
  const enrolment = enrolmentGate(installation.enrolmentPolicy as EnrolmentPolicy, await knownEndpoints(db));
  const master = await openMasterKey(config, { db, log, at: clock.now(), mayMake: true });
  const own = openCertificates(config);
  const security = await openSecurity({ config, db, master, own, clock, log, newId, shutdown, live });
  if (security.store.noSec.effective === "everybody" && usualRule(config.coapHost) !== "everybody") {
    log.warn("Every light without a key may speak in the clear; the security page changes that.");
  }
  const { pool } = database;
  const sessions = await openDtlsSessions({ pool, dataFolder: config.dataFolder, box: master.sessions, clock, log });
  shutdown.add("protected connections", () => sessions.stop());
  const way = security.way("server", ports, sessions.keeper);
  await sessions.restore(way.dtls);
  const downloads = new Downloads({ secret: downloadSecret(config.dataFolder), clock });
  const coapUri = config.coapUri ?? `coap://${reachable(config.coapHost, coapPort)}`;
  const engine = createEngine({
    ...{ way, security, database, clock, log, node: config.node, newId, enrolment, live, downloads },
    profiles,
    shutdown,
  });
  const blobs = await fileBlobs(join(config.dataFolder, "blobs"));
  const campaignStore = watchedStore(new PrismaCampaignStore(database), live);

  if (!config.demo) await shutOutDemoAdministrator(db);
  const links = oneTimeLinks({ db, clock });
  const auth = createAuth({
    db,
    links,
    secret: sessionSecret(config.dataFolder),
    publicUrl,
    trustedOrigins: (request) => origins.trusted(request?.headers.get("host") ?? new URL(publicUrl).host),
    log,
  });

  await engine.start();
  const coapsUri = config.coapsUri ?? `coaps://${reachable(config.coapHost, coapsPort)}`;
  const bootstrap =
    bootstrapPorts &&
    startBootstrap({ ports: bootstrapPorts, security, db, clock, log, live, trace: engine.trace, shutdown });
  const downloadBases = [coapsUri, coapUri, ...(config.downloadUrls ?? [publicUrl])];
  const shelf = imageShelf({ db, blobs, downloads, downloadBases });
  const campaigns = await startCampaigns({
    ...{ store: campaignStore, engine, shelf, clock, log, node: config.node },
    shutdown,
  });
  const softwareStore = watchedSoftwareStore(new PrismaSoftwareStore({ db, node: config.node }), live);
  const software = await startSoftware({ store: softwareStore, engine, shelf, clock, log, newId, shutdown });
  let endDemo = async () => {};
  const services: Services = {
    db,
    clock,
    log,
    newId,
    lights: engine.lwm2m,
    models: engine.models,
    campaigns,
    campaignStore,
    software,
    live,
    trace: engine.trace,
    blobs,
    enrolment,
    security: {
      store: security.store,
      events: security.events,
      endClear: () => engine.endClear(),
      peers: {
        get connections() {
          return way.dtls.connections;
        },
        peerOf: (endpoint) => way.peerOf(endpoint, engine.lwm2m.find(endpoint)?.address),
        disconnect: (endpoint) => way.disconnect(endpoint, engine.lwm2m.find(endpoint)?.address),
        shown: way.shown,
      },
    },
    facts: {
      demo: config.demo !== undefined,
      firmwareBytesMax: config.firmwareBytesMax,
      coapUri,
      bootstrapUri: bootstrapUriOf(config, bootstrap?.port ?? config.bootstrapPort),
      coapsUri,
      publicKey: own.publicKey,
      trustsAuthorities: own.roots !== undefined,
      bootstrapCoapsUri: bootstrapCoapsUriOf(config, bootstrap?.coapsPort ?? config.bootstrapCoapsPort),
    },
    endDemo: () => endDemo(),
  };
  const actorBehind = (request: IncomingMessage) => actorOf(auth, headersOf(request));
  const requests = places(requestsPersonMax);
  const socket = liveSocket({ services, clock, log, origins, requests, actorOf: actorBehind });
  const pages = config.console ? startConsole({ clock, log, isStopping: shutdown.isAsked }) : undefined;
  const proxy = consoleProxy(() => pages?.port);
  let stopping = false;
  door.open({
    services,
    auth,
    actorOf: actorBehind,
    live: socket,
    requests,
    downloads,
    proxy,
    mayReadMetrics: metricsAccess(config.metricsToken),
    metrics: createMetrics({
      dtls: way.dtls,
      coap: engine.coap,
      lwm2m: engine.lwm2m,
      bootstrap,
      live: socket,
      services,
    }),
    isReady: async () =>
      !stopping &&
      (await db.$queryRaw`SELECT 1`.then(
        () => true,
        () => false,
      )),
    publicUrl,
    addressOf: clientAddress(config.trustedProxies),
    log,
  });
  shutdown.add("console", () => pages?.stop());
  shutdown.add("front door", async () => {
    stopping = true;
    const closed = door.close();
    socket.close();
    proxy.close();
    // A moment for answers under way; live connections and uploads are cut then.
    const cancel = clock.after(stopGently, () => {
      socket.terminate();
      door.server.closeAllConnections();
    });
    await closed;
    cancel();
  });

  if (config.demo) {
    const { dataFolder } = config;
    const keysFile = await writeDemoKeys({ services, dataFolder, lights: config.demo.lights });
    const town = startDemo({
      ...config.demo,
      ...{ coapPort, coapsPort, keysFile },
      dataFolder,
      services,
      isStopping: shutdown.isAsked,
      onPlaced: (endpoints) => {
        for (const endpoint of endpoints) enrolment.know(endpoint);
        live.note({ kind: "firmware" });
      },
    });
    endDemo = () => town.stop();
    shutdown.add("demo", () => town.stop());
  }
  keepConsoleUrl(config.dataFolder, publicUrl);
  await Promise.race([pages?.up, shutdown.asked]);
  const { facts } = services;
  console.log(await greeting(config, { db, newId, links, publicUrl, coapPort, coapsPort, bootstrap, facts }));
}
