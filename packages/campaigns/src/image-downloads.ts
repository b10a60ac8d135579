import type { ImageAddress } from "@lamplighter/lwm2m/delivery-choice";

/** Where lights fetch images that are not sent to them. In production the server's download desk stands behind it. */
export interface ImageDownloads {
  /** The addresses of one attempt's image, the one to be preferred first. They are the same after a restart. */
  addresses(attempt: string): readonly ImageAddress[];
  /** Opens the image at those addresses. Undefined when no more can be open at one time. */
  open(download: AttemptDownload): OpenImage | undefined;
}

/** An image that lights may fetch now. */
export interface OpenImage {
  /** There is no such image any more. A light that still asks calls the address wrong, for good. */
  close(): void;
  /** It is not to be had for now: who asks is told to come later. The same attempt may be opened again. */
  hold(): void;
}

export interface AttemptDownload {
  readonly attempt: string;
  readonly packageId: string;
  readonly image: Uint8Array;
  /** Asked before each part; false makes the light wait. */
  readonly mayContinue: () => boolean;
  readonly onProgress: (bytesDone: number) => void;
}
