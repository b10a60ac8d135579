import { contentFormat } from "@lamplighter/coap/content-format";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { parsePath } from "@lamplighter/lwm2m/path";
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
import { packOf } from "./light-composite.ts";
import { countVersion, type LightCounters, zeroLightCounters } from "./light-counters.ts";
import { LightFirmware, rebootTime } from "./light-firmware.ts";
import type { LightIdentity } from "./light-identity.ts";
import { LightRequests, type LightRequestsParts } from "./light-requests.ts";
import { LightServers } from "./light-servers.ts";
import { factorySettings, type LightSettings, withSetting } from "./light-settings.ts";
import { LightSoftware } from "./light-software.ts";
import { type LightState, registrationLinks } from "./object-tree.ts";
import type { LightLwm2mVersion } from "./observe-attributes.ts";
import { Observers } from "./observers.ts";
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
  readonly #requests: LightRequests;
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
      sample: (path, accept) => this.#requests.sample(path, accept),
      send: (subscriber, response) => this.#endpoint?.notify(subscriber, response),
      defaults: () => ({ pmin: this.#settings.pminDefault, pmax: this.#settings.pmaxDefault }),
    });
    this.#requests = new LightRequests({
      ...{ version: this.#version, servers: this.#servers, observers: this.#observers },
      ...{ software: this.software, firmware: this.#firmware },
      state: () => this.#state(),
      set: (values) => this.#set(values),
      watched: () => this.#startSampling(),
      reboot: () => this.#reboot(seconds(2), () => {}),
      resetMeter: (which) => this.#resetMeter(which),
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

  /** Why it is registered nowhere, as far as it was told: `bootstrap refused (4.00)`. */
  get refusal(): string | undefined {
    return this.#servers.refusal;
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
    this.#endpoint.onRequest((request) => this.#requests.answer(request));
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

  /** Tells the server what stands at some paths, without being asked (Send, OMA TS Core 1.1 §6.4.5). */
  send(paths: readonly string[], done: (code: number | undefined) => void = () => {}): void {
    const format = contentFormat.senmlCbor;
    const { link } = this.#servers;
    if (!link) return done(undefined);
    link.send({ contentFormat: format, payload: packOf(paths.map(parsePath), format, this.#state()) }, done);
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

  #set(values: Parameters<LightRequestsParts["set"]>[0]): void {
    const nowSeconds = this.#now();
    for (const { path, value } of values) this.#settings = withSetting(this.#settings, { path, value, nowSeconds });
    this.#setLevel(this.#settings.command);
  }

  #resetMeter(which: "hours" | "switches"): void {
    const reset = which === "hours" ? { litSeconds: 0, since: this.#now() } : { switches: 0 };
    this.#lamp = { ...this.#lamp, ...reset };
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
