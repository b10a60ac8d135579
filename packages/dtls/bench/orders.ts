/** What the measuring process says to the measured one, and what comes back. */
export type Order = { readonly kind: "start" | "stop" | "memory" | "crypto" };

export type Report =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "started" }
  | { readonly kind: "used"; readonly microseconds: number }
  | { readonly kind: "memory"; readonly bytes: number; readonly connections: number }
  | { readonly kind: "crypto"; readonly seal: number; readonly open: number };
