import { type Duration, hours, minutes, seconds } from "@lamplighter/runtime/duration";

/** Everything a DTLS port keeps on behalf of others is bounded; here are the bounds and what happens at each. */
export interface DtlsLimits {
  /** Handshakes under way at once, each from an address that was proved by a cookie. Beyond, one of the host with most is given up. */
  readonly handshakesMax: number;
  /**
   * Handshakes with certificates begun in a second, each of which costs 1 to 1.5 ms of CPU for its curve, however honest
   * its client. Beyond, the hello is dropped; its client sends it again after a second.
   */
  readonly keyExchangesPerSecondMax: number;
  /** Connections kept at once. Beyond, the one heard from longest ago is closed. */
  readonly connectionsMax: number;
  /** A connection that nothing came over for this long is forgotten. Longer than the longest lifetime of a registration in use. */
  readonly idleMax: Duration;
  /** However busy it is, a connection ends after this; its client makes a new one. */
  readonly ageMax: Duration;
  /** Sessions that may be resumed by their id. Beyond, the oldest is forgotten. */
  readonly resumableMax: number;
  readonly resumableFor: Duration;
  /** For this long a handshake that ended is kept, to repeat its last flight to a peer that missed it. */
  readonly lingerFor: Duration;
}

export const defaultLimits: DtlsLimits = {
  handshakesMax: 10_000,
  keyExchangesPerSecondMax: 300,
  connectionsMax: 200_000,
  idleMax: hours(48),
  ageMax: hours(24 * 90),
  resumableMax: 200_000,
  resumableFor: hours(24),
  lingerFor: minutes(2),
};

/** How often old connections are looked for. */
export const sweepEvery: Duration = seconds(30);

/** What a port counts. Nothing of it is a secret. */
export interface DtlsCounters {
  handshakesBegun: number;
  handshakesDone: number;
  handshakesResumed: number;
  handshakesFailed: number;
  /** Hellos answered with a cookie. */
  cookiesAsked: number;
  /** Hellos dropped for {@link DtlsLimits.keyExchangesPerSecondMax}. */
  keyExchangesHeldBack: number;
  /** Datagrams or records that cannot be read, were opened by no key, came twice, or belong to nobody. Dropped in silence. */
  malformed: number;
  unreadable: number;
  unknownConnection: number;
  /** Records after a restart that may have been taken before it, and so were not. */
  doubtful: number;
  /** Connections whose peer was heard at a new address. */
  addressMoves: number;
  closedByPeer: number;
  evicted: number;
}

export function noCounts(): DtlsCounters {
  return {
    handshakesBegun: 0,
    handshakesDone: 0,
    handshakesResumed: 0,
    handshakesFailed: 0,
    cookiesAsked: 0,
    keyExchangesHeldBack: 0,
    malformed: 0,
    unreadable: 0,
    unknownConnection: 0,
    doubtful: 0,
    addressMoves: 0,
    closedByPeer: 0,
    evicted: 0,
  };
}
