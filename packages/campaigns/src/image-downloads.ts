import type { ImageAddress } from "@lamplighter/lwm2m/delivery-choice";

/** Where lights fetch images that are not sent to them. In production the server's download desk stands behind it. */
export interface ImageDownloads {
  /** The addresses of one attempt's image, the one to be preferred first. They are the same after a restart. */
  addresses(attempt: string): readonly ImageAddress[];
  /** Opens the image at those addresses. Undefined when no more can be open at one time. */
  open(download: AttemptDownload): { close(): void } | undefined;
}

export interface AttemptDownload {
  readonly attempt: string;
  readonly packageId: string;
  readonly image: Uint8Array;
  /** Asked before each part; false makes the light wait. */
  readonly mayContinue: () => boolean;
  readonly onProgress: (bytesDone: number) => void;
}
