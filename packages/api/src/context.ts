/** The person (or later the token) behind a request. */
export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
}

/** What every procedure is handed. */
export interface Context {
  /** Absent: nobody is signed in. */
  readonly actor: Actor | undefined;
}
