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
import type { IncomingRequest } from "@lamplighter/coap/endpoint";
import { singleValue } from "@lamplighter/lwm2m/node";
import { formatPath, type Path, pathOfSegments } from "@lamplighter/lwm2m/path";
import { isPackageUri } from "@lamplighter/lwm2m/trace/secrets";
import { answerRead, planWrite, refusalOfExecute, type WritePlan } from "./light-answers.ts";
import { answerReadComposite, pathsAsked, planCompositeWrite } from "./light-composite.ts";
import type { LightFirmware } from "./light-firmware.ts";
import type { LightServers } from "./light-servers.ts";
import type { LightSoftware } from "./light-software.ts";
import { depthAsked, exists, type LightState, linksAt, nodeAt, usualDepth } from "./object-tree.ts";
import { type AttributedPlace, type LightLwm2mVersion, mergedAttributes } from "./observe-attributes.ts";
import type { Observers, Sample } from "./observers.ts";

/** What a light has that can be asked for. */
export interface LightRequestsParts {
  readonly version: LightLwm2mVersion;
  readonly servers: LightServers;
  readonly observers: Observers;
  readonly software: LightSoftware;
  readonly firmware: LightFirmware;
  /** All that it tells of itself, as it is now. */
  readonly state: () => LightState;
  /** Takes up what was written, all of it settings. */
  readonly set: (values: Extract<WritePlan, { kind: "values" }>["values"]) => void;
  /** Called when somebody observes. */
  readonly watched: () => void;
  /** Restarts as a server asked (object 3, Reboot). */
  readonly reboot: () => void;
  /** Sets what the lamp counts back to 0. */
  readonly resetMeter: (which: "hours" | "switches") => void;
}

/** The Device Management interface of a light: what it answers to a server (OMA TS Core 1.1 §6.3 and §6.4). */
export class LightRequests {
  readonly #parts: LightRequestsParts;

  constructor(parts: LightRequestsParts) {
    this.#parts = parts;
  }

  /** Answers what a server asks. */
  answer(request: IncomingRequest): void {
    if (this.#parts.servers.answers(request)) return;
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
        if (request.method === DELETE && path.object === 9 && exists(path, this.#parts.state())) {
          return this.#parts.software.delete(request, path);
        }
        // Nothing else that this light has can be deleted.
        return request.respond({ code: exists(path, this.#parts.state()) ? METHOD_NOT_ALLOWED : NOT_FOUND });
    }
  }

  #discover(request: IncomingRequest, path: Path): void {
    const depth = this.#parts.version === "1.2" ? depthAsked(path, request.query) : usualDepth;
    if (depth === undefined) return request.respond({ code: BAD_REQUEST });
    const links = linksAt(path, this.#parts.state(), {
      depth,
      attributes: (at) => this.#parts.observers.attributesAt(at),
    });
    if (links === undefined) return request.respond({ code: NOT_FOUND });
    const payload = new TextEncoder().encode(links);
    request.respond({ code: CONTENT, contentFormat: contentFormat.link, payload });
  }

  #read(request: IncomingRequest, path: Path): void {
    const sample = this.sample(path, request.accept);
    if (request.observe === 1) this.#parts.observers.removeEnded(path);
    if (!request.subscriber || !isSuccess(sample.response.code)) return request.respond(sample.response);
    // Attributes of this observation alone came with 1.2; before, a query meant nothing.
    const own = mergedAttributes(this.#parts.version === "1.2" ? request.query : [], {}, this.#attributed(path));
    if (!own) return request.respond({ code: BAD_REQUEST });
    this.#parts.observers.add(path, request.subscriber, sample, own);
    request.respond({ ...sample.response, observe: 1 });
    this.#parts.watched();
  }

  #readComposite(request: IncomingRequest): void {
    const asked = pathsAsked(request.payload, request.contentFormat, this.#parts.state());
    if ("refused" in asked) return request.respond({ code: asked.refused });
    const key = asked.paths.map((path) => (path === "/" ? path : formatPath(path))).join(" ");
    const sample = (): Sample => {
      const state = this.#parts.state();
      const response = answerReadComposite(asked.paths, request.accept, state);
      const timeless = answerReadComposite(asked.paths, request.accept, { ...state, nowSeconds: 0 });
      return { response, fingerprint: Buffer.from(timeless.payload ?? []).toString("latin1") };
    };
    const { response } = sample();
    if (request.observe === 1) this.#parts.observers.removeEnded(key);
    if (!request.subscriber || !isSuccess(response.code)) return request.respond(response);
    this.#parts.observers.addComposite(key, request.subscriber, sample);
    request.respond({ ...response, observe: 1 });
    this.#parts.watched();
  }

  #writeComposite(request: IncomingRequest): void {
    this.#apply(request, planCompositeWrite(request.payload, request.contentFormat, this.#parts.state()));
  }

  /** What stands at a path, as an observer would be told. */
  sample(path: Path, accept: number | undefined): Sample {
    const state = this.#parts.state();
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
    const node = nodeAt(path, this.#parts.state());
    return { path, type: node && singleValue(node)?.type, version: this.#parts.version };
  }

  #write(request: IncomingRequest, path: Path): void {
    if (request.method === PUT && request.query.length > 0 && request.payload.length === 0) {
      // Write-Attributes: a PUT with a query and nothing else (OMA TS Core 1.1 §6.3.4).
      const isThere = exists(path, this.#parts.state());
      return request.respond({
        code: isThere ? this.#parts.observers.setAttributes(this.#attributed(path), request.query) : NOT_FOUND,
      });
    }
    if (path.object === 5 && path.instance === 0 && path.resource === 0)
      return this.#parts.firmware.takePackage(request);
    const creates = request.method === POST && path.instance === undefined;
    if (path.object === 9 && creates && exists(path, this.#parts.state())) return this.#parts.software.create(request);
    if (path.object === 9 && path.resource === 2 && exists(path, this.#parts.state())) {
      return this.#parts.software.takePackage(request, path.instance ?? 0);
    }
    this.#apply(
      request,
      planWrite({ path, contentFormat: request.contentFormat, payload: request.payload }, this.#parts.state()),
    );
  }

  #apply(request: IncomingRequest, plan: WritePlan): void {
    if (plan.kind === "refused") return request.respond({ code: plan.code });
    const uri = plan.values.find((each) => isPackageUri(each.path));
    if (uri?.path.object === 9) {
      return request.respond({ code: this.#parts.software.takeUri(uri.path.instance ?? 0, String(uri.value.value)) });
    }
    if (uri) return request.respond({ code: this.#parts.firmware.takeUri(String(uri.value.value)) });
    this.#parts.set(plan.values);
    request.respond({ code: CHANGED }, () => this.#parts.servers.link?.updateIfChanged());
    this.#parts.observers.review();
  }

  #execute(request: IncomingRequest, path: Path): void {
    if (path.object === 5 && path.resource === 2) this.#parts.firmware.countExecute(request);
    const refusal = refusalOfExecute(path, request.payload, this.#parts.state());
    if (refusal !== undefined) return request.respond({ code: refusal });
    if (path.object === 9) return this.#parts.software.execute(request, path.instance ?? 0, path.resource ?? 0);
    switch (`${path.object}/${path.resource}`) {
      case "1/8":
        return request.respond({ code: CHANGED }, () => this.#parts.servers.link?.update());
      case "1/9":
        return request.respond({ code: CHANGED }, () => {
          this.#parts.observers.clear();
          this.#parts.servers.leaveForBootstrap();
        });
      case "3/4":
        return request.respond({ code: CHANGED }, () => this.#parts.reboot());
      case "5/2":
        return this.#parts.firmware.update(request);
      case "5/10":
        return this.#parts.firmware.cancel(request);
      default:
        this.#parts.resetMeter(path.resource === 16 ? "hours" : "switches");
        this.#parts.observers.review();
        return request.respond({ code: CHANGED });
    }
  }
}
