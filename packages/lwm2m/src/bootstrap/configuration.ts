/**
 * What a bootstrap server writes to a device, and what it deletes before (OMA TS Core 1.1 §6.1).
 *
 * Numbers of object instances are not part of it: which are free is known only once the device was asked, and the
 * device's own bootstrap account must not be overwritten by a server's.
 */
export interface BootstrapConfiguration {
  /** Deleted first, in this order. A device never deletes its bootstrap account or its Device object. */
  readonly deletions: readonly Deletion[];
  readonly security: readonly SecurityAccount[];
  readonly servers: readonly ServerAccount[];
  readonly accessControl: readonly AccessControl[];
  /** The format of writes; without one the device's preferred format counts, then TLV. */
  readonly format?: BootstrapFormat | undefined;
  /**
   * Keys are written to a light that asks without encryption too, where everybody on the way can read them. Off unless a
   * person says so: for a light on a bench, on a wire of its own.
   */
  readonly handsOutKeysInTheClear?: boolean | undefined;
}

export const deletions = ["/", "/0", "/1", "/2"] as const;
export type Deletion = (typeof deletions)[number];

export const bootstrapFormats = ["tlv", "senml-cbor", "senml-json"] as const;
export type BootstrapFormat = (typeof bootstrapFormats)[number];

/** How to reach a server, and how to prove who one is: an instance of object 0. */
export interface SecurityAccount {
  /** `coap://192.0.2.1:5683` */
  readonly uri: string;
  /** True for the account of a bootstrap server: it replaces the one that the device has, and belongs to no server account. */
  readonly isBootstrapServer: boolean;
  readonly credentials: Credentials;
  /** The number that ties this account to its server account: /0/x/10 = /1/y/0. Absent for a bootstrap server. */
  readonly shortServerId?: number | undefined;
  /** How long a device waits before it asks this bootstrap server, in seconds. */
  readonly holdOffSeconds?: number | undefined;
  /** After how long the device removes its bootstrap account, in seconds; 0 or absent: never. */
  readonly accountTimeoutSeconds?: number | undefined;
}

/** How a device proves who it is. A key is a secret: it is never shown or logged. */
export type Credentials =
  | { readonly mode: "no-sec" }
  /** `key` is in hexadecimal, two digits a byte. An identity that is no text is given as bytes. */
  | { readonly mode: "psk"; readonly identity: string | Uint8Array; readonly key: string }
  /** The light's own key: the security store has it, or makes it at the bootstrap. It becomes `psk` before it is written. */
  | { readonly mode: "psk-of-device" };

/** How a device is to behave towards a server: an instance of object 1. */
export interface ServerAccount {
  readonly shortServerId: number;
  readonly lifetimeSeconds: number;
  /** `U`, or `UQ` where a 1.0 device is to use queue mode. */
  readonly binding: string;
  /** Keep notifications while the server cannot be reached. */
  readonly storesNotifications: boolean;
  readonly periodMinSeconds?: number | undefined;
  readonly periodMaxSeconds?: number | undefined;
  readonly disableTimeoutSeconds?: number | undefined;
}

/** Who may do what with an object instance: an instance of object 2. */
export interface AccessControl {
  readonly object: number;
  /** 65535: the right to create instances of the object. */
  readonly instance: number;
  /** Rights by short server id (0: everybody else): the sum of read 1, write 2, execute 4, delete 8, create 16. */
  readonly rights: readonly { readonly shortServerId: number; readonly rights: number }[];
  /** A short server id, or 65535 for the bootstrap server. */
  readonly owner: number;
}

export const shortServerIdMax = 65_534;
/** Owner of an access control instance that only a bootstrap server may change. */
export const ownedByBootstrapServer = 65_535;
