/** What a server has seen since it started. Each grows only. */
export interface Lwm2mCounters {
  registers: number;
  updates: number;
  deregisters: number;
  expiries: number;
  /** Requests at the registration interface answered 4.00 because they cannot be read. */
  malformedRequests: number;
  /** Requests at the registration interface refused for another reason. */
  refusedRequests: number;
  /** Requests answered 5.03: not loaded yet, a limit reached, or the store failed. */
  unavailable: number;
  /** Sends that came, granted or not. */
  sends: number;
  notifications: number;
  /** Notifications that cannot be read; the observation goes on. */
  malformedNotifications: number;
  /** Notifications of observations that are not ours any more; each was answered with a reset. */
  strayNotifications: number;
}

export function zeroLwm2mCounters(): Lwm2mCounters {
  return {
    registers: 0,
    updates: 0,
    deregisters: 0,
    expiries: 0,
    malformedRequests: 0,
    refusedRequests: 0,
    unavailable: 0,
    sends: 0,
    notifications: 0,
    malformedNotifications: 0,
    strayNotifications: 0,
  };
}
