/** What an endpoint has seen since it started. Each grows only. */
export interface EndpointCounters {
  datagramsReceived: number;
  datagramsSent: number;
  /** Datagrams that are not CoAP, or break its format. */
  malformed: number;
  /** Messages that had been handled before. */
  duplicates: number;
  retransmissions: number;
  /** Responses whose token is ours but whose sender is not the peer we asked. */
  ignoredWrongSource: number;
  /** Acknowledgements, resets and responses that belong to nothing we wait for. */
  unexpected: number;
  /** Requests refused for an option that we do not know, and responses rejected for one. */
  unknownCriticalOptions: number;
  /** Requests to peers that ended without an answer. */
  timeouts: number;
  /** Deduplication entries dropped before their time because the limit was reached. */
  deduplicationEvictions: number;
  /** Peers forgotten because the limit was reached. */
  peerEvictions: number;
  /** Datagrams of new peers dropped because the limit was reached and no peer was idle. */
  peersRefused: number;
  /** Requests and notifications refused because a queue was full. */
  queueRefusals: number;
  /** Requests whose handler threw; answered 5.00. */
  handlerFailures: number;
}

export function zeroCounters(): EndpointCounters {
  return {
    datagramsReceived: 0,
    datagramsSent: 0,
    malformed: 0,
    duplicates: 0,
    retransmissions: 0,
    ignoredWrongSource: 0,
    unexpected: 0,
    unknownCriticalOptions: 0,
    timeouts: 0,
    deduplicationEvictions: 0,
    peerEvictions: 0,
    peersRefused: 0,
    queueRefusals: 0,
    handlerFailures: 0,
  };
}
