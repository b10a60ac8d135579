export const enrolmentPolicies = ["open", "approve", "closed"] as const;
export type EnrolmentPolicy = (typeof enrolmentPolicies)[number];

/** Who may register, as it stands now. The engine asks it for each new endpoint, so it must know without waiting. */
export interface EnrolmentGate {
  readonly policy: EnrolmentPolicy;
  change(policy: EnrolmentPolicy): void;
  /** Remembers an endpoint that a person accepted, imported or that is otherwise known. */
  know(endpoint: string): void;
  /** Forgets it: when it comes again, it is a stranger. */
  forget(endpoint: string): void;
  judge(endpoint: string): "accept" | "pending" | "refuse";
}

/** Lights that are known come in under every policy; only strangers meet the gate. */
export function enrolmentGate(policy: EnrolmentPolicy, known: Iterable<string>): EnrolmentGate {
  const endpoints = new Set(known);
  let current = policy;
  return {
    get policy() {
      return current;
    },
    change(next) {
      current = next;
    },
    know: (endpoint) => void endpoints.add(endpoint),
    forget: (endpoint) => void endpoints.delete(endpoint),
    judge(endpoint) {
      if (current === "open" || endpoints.has(endpoint)) return "accept";
      return current === "approve" ? "pending" : "refuse";
    },
  };
}
