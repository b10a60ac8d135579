import { readBlock } from "@lamplighter/coap/block";
import { PUT } from "@lamplighter/coap/code";
import { decodeMessage, MalformedMessage } from "@lamplighter/coap/codec";
import type { Message } from "@lamplighter/coap/message";
import { findOption, option, readText, readUint } from "@lamplighter/coap/option";

/** One block of an image, seen on its way to the endpoint that puts the image together. */
export interface SeenBlock {
  /** The first block of a transfer that was not seen before. */
  readonly begins: boolean;
  /** Bytes of the image in this block. */
  readonly bytes: number;
  /** The share of the image that has arrived with this block, 0 to 1; `undefined` when the sender never said how large it is. */
  readonly share: number | undefined;
  /** The instance of object 9 whose package it is of; `undefined` for firmware. */
  readonly software?: number | undefined;
}

/**
 * Watches the blocks of an image go by: the endpoint hands over an image only when it is whole, and a light has to show
 * Downloading, count blocks and lose power long before that.
 */
export class DownloadWatch {
  #first = "";
  #bytesTotal: number | undefined;

  /** What a datagram means for a download; `undefined` for nothing. Malformed ones mean nothing: the endpoint judges them. */
  see(datagram: Uint8Array): SeenBlock | undefined {
    if (datagram[1] !== PUT) return undefined;
    const message = decoded(datagram);
    const value = message && findOption(message.options, option.block1);
    const block = value && readBlock(value);
    if (!message || !block) return undefined;
    let begins = false;
    if (block.number === 0) {
      const first = `${message.messageId} ${message.token.join()}`;
      // The network may repeat the first block, even after the last: that is no new transfer.
      begins = first !== this.#first;
      this.#first = first;
      const size = findOption(message.options, option.size1);
      this.#bytesTotal = (size && readUint(size)) || undefined;
    }
    const bytes = message.payload.length;
    const end = block.number * block.size + bytes;
    const share = this.#bytesTotal && Math.min(1, end / this.#bytesTotal);
    return { begins, bytes, share, software: softwareInstanceOf(message) };
  }
}

/** The x of /9/x/2, when a message is for there. */
function softwareInstanceOf({ options }: Message): number | undefined {
  const path = options.filter(({ number }) => number === option.uriPath).map(({ value }) => readText(value));
  return path.length === 3 && path[0] === "9" && path[2] === "2" ? Number(path[1]) : undefined;
}

function decoded(datagram: Uint8Array): Message | undefined {
  try {
    return decodeMessage(datagram);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}
