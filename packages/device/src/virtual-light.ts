import {
  BAD_REQUEST,
  CHANGED,
  CONTENT,
  DELETE,
  FETCH,
  GET,
  IPATCH,
  isSuccess,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  POST,
  PUT,
} from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { CoapEndpoint, type IncomingRequest } from "@lamplighter/coap/endpoint";
import { singleValue } from "@lamplighter/lwm2m/node";
import { formatPath, type Path, parsePath, pathOfSegments } from "@lamplighter/lwm2m/path";
import { isPackageUri } from "@lamplighter/lwm2m/trace/secrets";
import type { Cancel } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Duration, milliseconds, scale, seconds } from "@lamplighter/runtime/duration";
import { invariant } from "@lamplighter/runtime/invariant";
import { accountsOf, accountsWith, type ServerAccount, serverAccountsOf } from "./accounts.ts";
import { DownloadWatch } from "./download-watch.ts";
import { type FaultKind, type FaultSeverity, usualSeverity } from "./faults.ts";
import { type FaultyPort, faultyPort } from "./faulty-port.ts";
import type { FirmwareMachine } from "./firmware-machine.ts";
import { gearTemperature, type Lamp, litSecondsAt, withLevel } from "./lamp.ts";
import { answerRead, planWrite, refusalOfExecute, type WritePlan } from "./light-answers.ts";
import { answerReadComposite, packOf, pathsAsked, planCompositeWrite } from "./light-composite.ts";
import { countVersion, type LightCounters, zeroLightCounters } from "./light-counters.ts";
import { LightFirmware, rebootTime } from "./light-firmware.ts";
import type { LightIdentity } from "./light-identity.ts";
import { LightServers } from "./light-servers.ts";
import { factorySettings, type LightSettings, withSetting } from "./light-settings.ts";
import { LightSoftware } from "./light-software.ts";
import { depthAsked, exists, type LightState, linksAt, nodeAt, registrationLinks, usualDepth } from "./object-tree.ts";
import { type AttributedPlace, type LightLwm2mVersion, mergedAttributes } from "./observe-attributes.ts";
import { Observers, type Sample } from "./observers.ts";
import { SecureLinks } from "./secure-links.ts";
import type { VirtualLightOptions } from "./virtual-light-options.ts";

export type { LightSleep, VirtualLightOptions } from "./virtual-light-options.ts";

export type LightPhase = "off" | "bootstrapping" | "registering" | "registered" | "rebooting" | "dark";

/** How often a light looks at values that change by themselves, such as its temperature, while somebody observes. */
const samplePeriod = seconds(60);
const imageBytesMaxUsual = 32 * 1_024 * 1_024;
const installTimeUsual = seconds(5);

/**
 * A street light that speaks LwM2M 1.1 on our own CoAP stack.
 *
 * It really receives an image, checks it, reboots, registers again and reports the new version. Its faults are those
 * lights in the field have; the counters say what truly reached it.
 */
export class VirtualLight {
  readonly identity: LightIdentity;
  readonly fault: FaultKind | undefined;
  readonly counters: LightCounters;
  /** Its pieces of software, object 9; what goes wrong with them may be chosen while it runs. */
  readonly software: LightSoftware;
  readonly #options: VirtualLightOptions;
  readonly #port: FaultyPort;
  /** Its way to servers over that port: over DTLS where it has a key. */
  readonly #links: SecureLinks;
  readonly #servers: LightServers;
  readonly #downloads = new DownloadWatch();
  readonly #observers: Observers;
  readonly #alarms = new Set<Cancel>();
  /** Shifts this light's telemetry against its neighbours'. */
  readonly #place: number;
  #endpoint: CoapEndpoint | undefined;
  #power: "off" | "on" | "rebooting" | "dark" = "off";
  #isSampling = false;
  readonly #firmware: LightFirmware;
  #settings: LightSettings;
  #lamp: Lamp;

  constructor(options: VirtualLightOptions) {
    const { identity, fault, loss = 0, lifetime = seconds(300), clock } = options;
    this.#options = options;
    this.identity = identity;
    this.fault = fault;
    this.counters = zeroLightCounters(identity.firmwareVersion);
    const severity: FaultSeverity = { ...usualSeverity, ...options.severity };
    this.#settings = { ...factorySettings, lifetimeSeconds: Math.round(lifetime / 1_000) };
    const { accounts, server } = options;
    invariant(accounts !== undefined || server !== undefined, "a light needs a server or accounts");
    const lifetimeSeconds = this.#settings.lifetimeSeconds;
    const held = accounts ? accountsOf(accounts) : accountsWith(server ?? "", lifetimeSeconds, options.proof);
    const [given] = accounts ? serverAccountsOf(held) : [];
    if (given) this.#adopt(given);
    this.#place = Math.floor(options.random.next() * 30);
    this.#lamp = { level: 0, switches: 0, litSeconds: 0, since: this.#now() };
    this.#port = faultyPort(
      options.port,
      {
        loss: Math.min(1, loss + (fault === "packet-loss" ? severity.loss : 0)),
        duplication: fault === "duplicates" ? 1 : 0,
        delay: milliseconds(fault === "slow-link" ? severity.delayMilliseconds : 0),
        listensFor: options.sleep?.listensFor,
      },
      options,
    );
    const onHandshake = () => void this.counters.handshakes++;
    this.#links = new SecureLinks({ port: this.#port, clock, randomBytes: options.randomBytes, onHandshake });
    this.#servers = new LightServers({
      ...{
        accounts: held,
        links: this.#links,
        name: identity.endpoint,
        version: this.#version,
        random: options.random,
      },
      ...{ bootstrap: options.bootstrap, wakesEvery: options.sleep?.wakesEvery },
      objects: (instance) => registrationLinks(options.firmwareObject ?? "1.1", instance, this.software.shown),
      lifetime: () => this.#settings.lifetimeSeconds,
      after: (delay, wake) => this.#after(delay, wake),
      onAdopted: (account) => this.#adopt(account),
      onRegistered: () => {
        this.counters.registrations++;
        this.#firmware.goOn();
      },
    });
    const { software = [], installTime = installTimeUsual, imageBytesMax = imageBytesMaxUsual } = options;
    const world = {
      endpoint: () => this.#endpoint,
      after: (delay: Duration, wake: () => void) => this.#after(delay, wake),
      review: () => this.#observers.review(),
      hasKeyFor: (server: Address) => this.#links.protects(server),
      ...{ installTime, imageBytesMax, protocols: options.protocols ?? ["coap"], httpGet: options.httpGet },
    };
    this.software = new LightSoftware(software, {
      world: {
        ...world,
        listChanged: () => this.#servers.link?.updateIfChanged(),
        reboot: () => this.#reboot(rebootTime, () => {}),
      },
      fault,
    });
    this.#firmware = new LightFirmware(identity.firmwareVersion, {
      world: {
        ...world,
        about: (span) => this.#jitter(span),
        nowSeconds: () => this.#now(),
        speak: () => this.#servers.link?.update(),
        reboot: (away, beforeReturn) => this.#reboot(away, beforeReturn),
        upgradesAutomatically: () => this.#settings.upgradesAutomatically,
        ...{ delivery: options.delivery ?? "push", afterPowerCut: options.afterPowerCut ?? "goes-on" },
      },
      ...{ counters: this.counters, fault, severity },
    });
    this.#links.onArrival = (datagram) => this.#see(datagram);
    this.#observers = new Observers({
      clock,
      sample: (path, accept) => this.#sample(path, accept),
      send: (subscriber, response) => this.#endpoint?.notify(subscriber, response),
      defaults: () => ({ pmin: this.#settings.pminDefault, pmax: this.#settings.pmaxDefault }),
    });
  }

  get phase(): LightPhase {
    if (this.#power !== "on") return this.#power;
    if (this.#servers.isBootstrapping) return "bootstrapping";
    return this.#servers.link?.isRegistered ? "registered" : "registering";
  }

  /** Whether its radio is off until it has something to say. */
  get isAsleep(): boolean {
    return this.#power === "on" && !this.#port.listens;
  }

  /** Whether it speaks DTLS with its server, or, while it has none, with its bootstrap server. */
  get isSecure(): boolean {
    return this.#servers.isSecure;
  }

  get firmwareVersion(): string {
    return this.#firmware.version;
  }

  get #version(): LightLwm2mVersion {
    return this.#options.lwm2m ?? "1.1";
  }

  get firmware(): FirmwareMachine {
    return this.#firmware.machine;
  }

  /** Percent of full light that the lamp gives now. */
  get level(): number {
    return this.#lamp.level;
  }

  /** Switches the light on; it registers. */
  start(): void {
    if (this.#power !== "off" && this.#power !== "dark") return;
    this.#firmware.boot();
    this.#powerUp();
  }

  /** Takes the power away: the light says nothing to anybody, loses a download in progress, and stays dark until it is started. */
  cutPower(): void {
    if (this.#power === "off") return;
    this.#powerDown();
    this.#power = "dark";
  }

  /** De-registers, as far as the server answers within `patience`, and switches the light off. */
  stop(done: () => void = () => {}, patience: Duration = seconds(3)): void {
    const [endpoint, link] = [this.#endpoint, this.#servers.link];
    this.#firmware.stop();
    this.#clearAlarms();
    this.#observers.clear();
    this.#endpoint = undefined;
    this.#servers.forget();
    this.#power = "off";
    this.#setLevel(0);
    const over = () => {
      // It may have been switched on again meanwhile.
      if (this.#power === "off") this.#links.losePower();
      done();
    };
    if (!endpoint || !link) return over();
    // Closing the endpoint ends the farewell too, so `done` is called once in any case.
    const giveUp = this.#options.clock.after(patience, () => endpoint.close());
    link.deregister(() => {
      giveUp();
      endpoint.close();
      over();
    });
  }

  #powerUp(): void {
    const { clock, random, imageBytesMax = imageBytesMaxUsual } = this.#options;
    this.#port.silent = false;
    const limits = { peersMax: 8, deduplicationMax: 512, requestBytesMax: imageBytesMax };
    this.#endpoint = new CoapEndpoint({ port: this.#links, clock, random, limits });
    this.counters.powerUps++;
    this.#endpoint.onRequest((request) => this.#answer(request));
    countVersion(this.counters, this.#firmware.version);
    this.#setLevel(this.#settings.command);
    this.#power = "on";
    this.#servers.connect(this.#endpoint);
  }

  /** What the first server account says of lifetime and periods counts from now on. */
  #adopt({ lifetimeSeconds, pminDefault, pmaxDefault }: ServerAccount): void {
    this.#settings = { ...this.#settings, lifetimeSeconds, pminDefault, pmaxDefault };
  }

  /** Everything that does not survive without power goes: sessions, observations, alarms, half an image. */
  #powerDown(): void {
    this.#clearAlarms();
    this.#observers.clear();
    this.#endpoint?.close();
    this.#endpoint = undefined;
    this.#servers.forget();
    this.#port.silent = true;
    this.#links.losePower();
    this.#setLevel(0);
    this.#firmware.losePower();
    this.software.losePower();
  }

  #see(datagram: Uint8Array): void {
    const block = this.#downloads.see(datagram);
    if (!block) return;
    if (block.software !== undefined) return this.software.seeBlock(block.software, block);
    this.#firmware.seeBlock(block);
  }

  #answer(request: IncomingRequest): void {
    if (this.#servers.answers(request)) return;
    if (request.path.length === 0 && request.method === FETCH) return this.#readComposite(request);
    if (request.path.length === 0 && request.method === IPATCH) return this.#writeComposite(request);
    let path: Path;
    try {
      path = pathOfSegments(request.path);
    } catch {
      // The path is not one of LwM2M, so there is nothing of ours at it.
      return request.respond({ code: NOT_FOUND });
    }
    switch (request.method) {
      case GET:
        return request.accept === contentFormat.link ? this.#discover(request, path) : this.#read(request, path);
      case PUT:
        return this.#write(request, path);
      case POST:
        return path.resource === undefined ? this.#write(request, path) : this.#execute(request, path);
      default:
        if (request.method === DELETE && path.object === 9 && exists(path, this.#state())) {
          return this.software.delete(request, path);
        }
        // Nothing else that this light has can be deleted.
        return request.respond({ code: exists(path, this.#state()) ? METHOD_NOT_ALLOWED : NOT_FOUND });
    }
  }

  #discover(request: IncomingRequest, path: Path): void {
    const depth = this.#version === "1.2" ? depthAsked(path, request.query) : usualDepth;
    if (depth === undefined) return request.respond({ code: BAD_REQUEST });
    const links = linksAt(path, this.#state(), { depth, attributes: (at) => this.#observers.attributesAt(at) });
    if (links === undefined) return request.respond({ code: NOT_FOUND });
    const payload = new TextEncoder().encode(links);
    request.respond({ code: CONTENT, contentFormat: contentFormat.link, payload });
  }

  #read(request: IncomingRequest, path: Path): void {
    const sample = this.#sample(path, request.accept);
    if (request.observe === 1) this.#observers.removeEnded(path);
    if (!request.subscriber || !isSuccess(sample.response.code)) return request.respond(sample.response);
    // Attributes of this observation alone came with 1.2; before, a query meant nothing.
    const own = mergedAttributes(this.#version === "1.2" ? request.query : [], {}, this.#attributed(path));
    if (!own) return request.respond({ code: BAD_REQUEST });
    this.#observers.add(path, request.subscriber, sample, own);
    request.respond({ ...sample.response, observe: 1 });
    this.#startSampling();
  }

  #readComposite(request: IncomingRequest): void {
    const asked = pathsAsked(request.payload, request.contentFormat, this.#state());
    if ("refused" in asked) return request.respond({ code: asked.refused });
    const key = asked.paths.map((path) => (path === "/" ? path : formatPath(path))).join(" ");
    const sample = (): Sample => {
      const state = this.#state();
      const response = answerReadComposite(asked.paths, request.accept, state);
      const timeless = answerReadComposite(asked.paths, request.accept, { ...state, nowSeconds: 0 });
      return { response, fingerprint: Buffer.from(timeless.payload ?? []).toString("latin1") };
    };
    const { response } = sample();
    if (request.observe === 1) this.#observers.removeEnded(key);
    if (!request.subscriber || !isSuccess(response.code)) return request.respond(response);
    this.#observers.addComposite(key, request.subscriber, sample);
    request.respond({ ...response, observe: 1 });
    this.#startSampling();
  }

  #writeComposite(request: IncomingRequest): void {
    this.#apply(request, planCompositeWrite(request.payload, request.contentFormat, this.#state()));
  }

  /** Tells the server what stands at some paths, without being asked (Send, OMA TS Core 1.1 §6.4.5). */
  send(paths: readonly string[], done: (code: number | undefined) => void = () => {}): void {
    const format = contentFormat.senmlCbor;
    const { link } = this.#servers;
    if (!link) return done(undefined);
    link.send({ contentFormat: format, payload: packOf(paths.map(parsePath), format, this.#state()) }, done);
  }

  #sample(path: Path, accept: number | undefined): Sample {
    const state = this.#state();
    const response = answerRead(path, accept, state);
    const timeless = answerRead(path, accept, { ...state, nowSeconds: 0 });
    const node = nodeAt(path, state);
    const value = node && singleValue(node);
    const isNumber = value?.type === "integer" || value?.type === "unsigned" || value?.type === "float";
    return {
      response,
      fingerprint: `${timeless.code} ${Buffer.from(timeless.payload ?? []).toString("latin1")}`,
      ...(isNumber && { number: Number(value.value) }),
      ...(value?.type === "boolean" && { flag: value.value }),
    };
  }

  #attributed(path: Path): AttributedPlace {
    const node = nodeAt(path, this.#state());
    return { path, type: node && singleValue(node)?.type, version: this.#version };
  }

  #write(request: IncomingRequest, path: Path): void {
    if (request.method === PUT && request.query.length > 0 && request.payload.length === 0) {
      // Write-Attributes: a PUT with a query and nothing else (OMA TS Core 1.1 §6.3.4).
      const isThere = exists(path, this.#state());
      return request.respond({
        code: isThere ? this.#observers.setAttributes(this.#attributed(path), request.query) : NOT_FOUND,
      });
    }
    if (path.object === 5 && path.instance === 0 && path.resource === 0) return this.#firmware.takePackage(request);
    const creates = request.method === POST && path.instance === undefined;
    if (path.object === 9 && creates && exists(path, this.#state())) return this.software.create(request);
    if (path.object === 9 && path.resource === 2 && exists(path, this.#state())) {
      return this.software.takePackage(request, path.instance ?? 0);
    }
    this.#apply(
      request,
      planWrite({ path, contentFormat: request.contentFormat, payload: request.payload }, this.#state()),
    );
  }

  #apply(request: IncomingRequest, plan: WritePlan): void {
    if (plan.kind === "refused") return request.respond({ code: plan.code });
    const uri = plan.values.find((each) => isPackageUri(each.path));
    if (uri?.path.object === 9) {
      return request.respond({ code: this.software.takeUri(uri.path.instance ?? 0, String(uri.value.value)) });
    }
    if (uri) return request.respond({ code: this.#firmware.takeUri(String(uri.value.value)) });
    for (const { path: at, value } of plan.values) {
      this.#settings = withSetting(this.#settings, { path: at, value, nowSeconds: this.#now() });
    }
    request.respond({ code: CHANGED }, () => this.#servers.link?.updateIfChanged());
    this.#setLevel(this.#settings.command);
    this.#observers.review();
  }

  #execute(request: IncomingRequest, path: Path): void {
    if (path.object === 5 && path.resource === 2) this.#firmware.countExecute(request);
    const refusal = refusalOfExecute(path, request.payload, this.#state());
    if (refusal !== undefined) return request.respond({ code: refusal });
    if (path.object === 9) return this.software.execute(request, path.instance ?? 0, path.resource ?? 0);
    switch (`${path.object}/${path.resource}`) {
      case "1/8":
        return request.respond({ code: CHANGED }, () => this.#servers.link?.update());
      case "1/9":
        return request.respond({ code: CHANGED }, () => {
          this.#observers.clear();
          this.#servers.leaveForBootstrap();
        });
      case "3/4":
        return request.respond({ code: CHANGED }, () => this.#reboot(seconds(2), () => {}));
      case "5/2":
        return this.#firmware.update(request);
      case "5/10":
        return this.#firmware.cancel(request);
      default:
        this.#lamp = {
          ...this.#lamp,
          ...(path.resource === 16 ? { litSeconds: 0, since: this.#now() } : { switches: 0 }),
        };
        this.#observers.review();
        return request.respond({ code: CHANGED });
    }
  }

  /** Goes dark, forgets its sessions, and comes back after `away`. */
  #reboot(away: Duration, beforeReturn: () => void): void {
    this.#powerDown();
    this.counters.reboots++;
    if (this.#firmware.isLost) {
      this.#power = "dark";
      return;
    }
    this.#power = "rebooting";
    this.#after(this.#jitter(away), () => {
      beforeReturn();
      this.#powerUp();
    });
  }

  #setLevel(level: number): void {
    this.#lamp = withLevel(this.#lamp, level, this.#now());
  }

  /** While somebody observes, looks now and then at values that change by themselves. */
  #startSampling(): void {
    if (this.#isSampling) return;
    this.#isSampling = true;
    // Who sleeps does not wake for its temperature.
    this.#after(this.#jitter(this.#options.sleep?.wakesEvery ?? samplePeriod), () => {
      this.#isSampling = false;
      this.#observers.review();
      if (this.#observers.size > 0) this.#startSampling();
    });
  }

  #state(): LightState {
    const now = this.#now();
    const { firmwareObject = "1.1" } = this.#options;
    return {
      identity: this.identity,
      settings: this.#settings,
      firmwareObject,
      ...this.#firmware.shown,
      level: this.#lamp.level,
      lampHours: Math.floor(litSecondsAt(this.#lamp, now) / 3_600),
      lampSwitches: this.#lamp.switches,
      gearTemperature: gearTemperature(this.#lamp.level, now, this.#place),
      rssi: -75 - this.#place,
      nowSeconds: now,
      bytesReceived: this.counters.bytesReceived,
      account: this.#servers.account,
      canBootstrap: this.#servers.canBootstrap,
      software: this.software.shown,
    };
  }

  #now(): number {
    return Math.floor(this.#options.clock.now().getTime() / 1_000);
  }

  #after(delay: Duration, wake: () => void): Cancel {
    const cancel = this.#options.clock.after(delay, () => {
      this.#alarms.delete(cancel);
      wake();
    });
    this.#alarms.add(cancel);
    return () => {
      this.#alarms.delete(cancel);
      cancel();
    };
  }

  #jitter(span: Duration): Duration {
    return scale(span, 0.8 + this.#options.random.next() * 0.4);
  }

  #clearAlarms(): void {
    for (const cancel of this.#alarms) cancel();
    this.#alarms.clear();
    this.#isSampling = false;
  }
}
