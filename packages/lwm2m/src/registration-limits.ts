/** What the registration interface keeps on behalf of devices is bounded; here are the bounds and what happens at each. */
export interface RegistrationLimits {
  /** Living registrations of one server account. Beyond, a Register is answered 5.03. */
  readonly registrationsMax: number;
  /** Registrations whose save is under way. Beyond, a request that needs one is answered 5.03: after a power cut all come at once. */
  readonly savesUnderWayMax: number;
}

export const defaultRegistrationLimits: RegistrationLimits = { registrationsMax: 200_000, savesUnderWayMax: 20_000 };
