import { chooseDelivery, type DeliveryChoice, type DeliveryFacts } from "@lamplighter/lwm2m/delivery-choice";
import type { FirmwareDelivery } from "@lamplighter/lwm2m/firmware-update";
import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type { Log } from "@lamplighter/runtime/log";
import type { CampaignSpec } from "./campaign.ts";
import type { DeviceGateway } from "./device-gateway.ts";
import type { ImageDownloads, OpenImage } from "./image-downloads.ts";
import type { Job } from "./job.ts";
import type { HeldBackBy } from "./job-progress.ts";

/** What a delivery needs of the world around it. */
export interface DeliveryWorld {
  readonly gateway: Pick<DeviceGateway, "readDelivery" | "pushPackage" | "offerPackage">;
  readonly log: Log;
  readonly image: (packageId: string) => Promise<Uint8Array>;
  readonly downloads?: ImageDownloads | undefined;
  /** Whether this campaign lets downloads and installations go on now; `over` when it has ended. */
  readonly mayWork: () => "yes" | "paused" | "cancelling" | "over";
}

/** What a delivery may tell: how the way of the image was chosen, and how the image fared on it. */
export type DeliveryEvent =
  | { readonly kind: "delivery-chosen"; readonly delivery: FirmwareDelivery }
  | { readonly kind: "undeliverable"; readonly why: string }
  | { readonly kind: "answered"; readonly operation: "push" | "offer" }
  | { readonly kind: "delivery-stopped" }
  | FailureEvent<"read" | "push" | "offer">;

interface DeliveryOptions {
  readonly world: DeliveryWorld;
  readonly spec: Pick<CampaignSpec, "packageId" | "delivery">;
  readonly job: () => Pick<Job, "id" | "attempt" | "endpoint" | "bytesDone">;
  /** Whether the driver has let go of the light: nothing more is asked of it then. */
  readonly isOver: () => boolean;
  readonly feed: (event: DeliveryEvent) => void;
  readonly onProgress: (bytesDone: number) => void;
}

/** Brings the image of one attempt to its light: sent by Block1, or fetched by the light from an address it is given. */
export class ImageDelivery {
  readonly #options: DeliveryOptions;
  #pushMayGoOn = true;
  /** A light whose download is held back is not told of an address any more. */
  #offerMayGoOn = true;
  /**
   * The image as long as the light may fetch it. It stays open when we let go of the job in the middle: a light that found
   * nothing at the address it was given would call the address wrong, for good. The next driver takes it over.
   */
  #download: OpenImage | undefined;
  #heldBackBy: HeldBackBy = "pause";

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Why the image goes no further, where it does not. */
  get heldBackBy(): HeldBackBy {
    return this.#heldBackBy;
  }

  /** Asks the light how it takes an image: what to tell the attempt. */
  async choose(): Promise<DeliveryEvent> {
    const { world, job } = this.#options;
    const facts = await world.gateway.readDelivery(job().endpoint);
    if (facts.kind !== "ok") return failureEvent("read", facts);
    const choice = this.#chosen(facts.value);
    if (choice.kind === "none") return { kind: "undeliverable", why: choice.why };
    return { kind: "delivery-chosen", delivery: choice.kind };
  }

  /** Sends the image, block by block, as long as the campaign lets it. */
  async push(): Promise<void> {
    this.#pushMayGoOn = true;
    this.#heldBackBy = "pause";
    const { world, job, feed, onProgress } = this.#options;
    const mayContinue = () => this.#pushMayGoOn && world.mayWork() === "yes";
    const image = await this.#image();
    if (!image) return this.holdBack("no-image");
    if (!mayContinue()) return feed({ kind: "delivery-stopped" });
    const outcome = await world.gateway.pushPackage(job().endpoint, image, { mayContinue, onProgress });
    if (outcome.kind === "ok") feed({ kind: "answered", operation: "push" });
    else if (outcome.kind === "cancelled") feed({ kind: "delivery-stopped" });
    else feed(failureEvent("push", outcome));
  }

  stopPush(): void {
    this.#pushMayGoOn = false;
  }

  /** Gives the light the address to fetch the image from. */
  async offer(): Promise<void> {
    const { world, job, feed, isOver } = this.#options;
    this.#offerMayGoOn = true;
    if (!(await this.openDownload())) return;
    const facts = await world.gateway.readDelivery(job().endpoint);
    if (isOver() || !this.#offerMayGoOn) return;
    if (facts.kind !== "ok") return feed(failureEvent("offer", facts));
    const choice = this.#chosen(facts.value);
    if (choice.kind !== "pull") return feed({ kind: "refused", operation: "offer", code: "4.05" });
    const outcome = await world.gateway.offerPackage(job().endpoint, choice.uri);
    feed(outcome.kind === "ok" ? { kind: "answered", operation: "offer" } : failureEvent("offer", outcome));
  }

  /** Lets the light fetch the image. False when that cannot be now, which the attempt was told. */
  async openDownload(): Promise<boolean> {
    const { world, spec, job, isOver, onProgress } = this.#options;
    const image = await this.#image();
    if (isOver()) return false;
    this.#download?.close();
    this.#download =
      image &&
      world.downloads?.open({
        attempt: this.#attemptName,
        packageId: spec.packageId,
        image,
        mayContinue: () => world.mayWork() === "yes",
        onProgress: (bytesDone) => onProgress(Math.max(bytesDone, job().bytesDone)),
      });
    if (!this.#download) this.holdBack("no-image");
    return this.#download !== undefined;
  }

  /**
   * Takes the image back for now: the same attempt may be given it again, at the same address. An offer that is still on
   * its way, or a fetch that goes on, must not find the address gone.
   */
  holdDownload(): void {
    this.#download?.hold();
  }

  closeDownload(): void {
    this.#download?.close();
  }

  /** The image goes no further for now. */
  holdBack(by: HeldBackBy): void {
    this.#heldBackBy = by;
    this.#offerMayGoOn = false;
    this.#options.feed({ kind: "delivery-stopped" });
  }

  #chosen(facts: DeliveryFacts): DeliveryChoice {
    const { world, spec } = this.#options;
    const addresses = world.downloads?.addresses(this.#attemptName) ?? [];
    return chooseDelivery(facts, { prefers: spec.delivery ?? "push", addresses });
  }

  /** This attempt, and no other of this light or any. */
  get #attemptName(): string {
    const { id, attempt } = this.#options.job();
    return `${id}.${attempt}`;
  }

  /** The image from our own storage; undefined, and said in the log, when that does not give it. */
  async #image(): Promise<Uint8Array | undefined> {
    const { world, spec } = this.#options;
    try {
      return await world.image(spec.packageId);
    } catch (error) {
      world.log.error("an image cannot be read", { package: spec.packageId, error });
      return undefined;
    }
  }
}

/** An operation that came to nothing: the light said no, or nothing at all. */
export type FailureEvent<Operation extends string> =
  | { readonly kind: "refused"; readonly operation: Operation; readonly code: string }
  | { readonly kind: "timed-out"; readonly operation: Operation };

/** A light that is gone, asleep or away answers nothing, however we learn of it. */
export function failureEvent<Operation extends string>(
  operation: Operation,
  outcome: Exclude<OperationOutcome<unknown>, { kind: "ok" }>,
): FailureEvent<Operation> {
  if (outcome.kind === "error") return { kind: "refused", operation, code: outcome.code };
  return { kind: "timed-out", operation };
}
