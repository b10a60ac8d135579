import type { SoftwareDesk } from "@lamplighter/campaigns/software/software-desk";

/** What people may command of software tasks. The desk is one; a test puts a script there. */
export type SoftwareControl = Pick<SoftwareDesk, "begin" | "install" | "cancel" | "cancelAll">;
