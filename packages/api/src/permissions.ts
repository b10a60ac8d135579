/**
 * Who may do what. This file has no imports: the server refuses by it, the console disables buttons by it.
 * Each procedure names one permission; a role is a set of permissions.
 */
export const permissions = [
  "session.read",
  "device.read",
  "device.edit",
  "device.enrol",
  "device.remove",
  "device.import",
  "device.operate.read",
  "device.operate.write",
  "device.operate.execute",
  "device.operate.cancel",
  "group.read",
  "group.write",
  "firmware.read",
  "firmware.upload",
  "firmware.write",
  "software.install",
  "campaign.read",
  "campaign.write",
  "campaign.start",
  "campaign.pause",
  "campaign.cancel",
  "bootstrap.read",
  "bootstrap.write",
  "model.read",
  "model.write",
  "device.trace",
  "security.read",
  "security.write",
  "audit.read",
  "settings.write",
] as const;
export type Permission = (typeof permissions)[number];

export const roles = ["administrator", "supervisor", "approver", "operator", "viewer", "integrator"] as const;
/** Only `administrator` is handed out today; the others wait for the screen that gives them to people. */
export type Role = (typeof roles)[number];

const viewing = [
  "session.read",
  "device.read",
  "group.read",
  "firmware.read",
  "campaign.read",
  "bootstrap.read",
  "model.read",
] as const satisfies readonly Permission[];
const operating = [
  ...viewing,
  "device.operate.read",
  "device.operate.cancel",
  "device.trace",
  "campaign.start",
  "campaign.pause",
  "security.read",
  "audit.read",
] as const satisfies readonly Permission[];

export const permissionsOfRole: Readonly<Record<Role, readonly Permission[]>> = {
  administrator: permissions,
  supervisor: [
    ...operating,
    "device.edit",
    "device.enrol",
    "device.import",
    "device.operate.write",
    "device.operate.execute",
    "group.write",
    "firmware.upload",
    "firmware.write",
    "software.install",
    "campaign.write",
    "campaign.cancel",
    "bootstrap.write",
    "model.write",
  ],
  approver: [...viewing, "security.read", "audit.read"],
  operator: operating,
  viewer: viewing,
  integrator: viewing,
};

/** Tells whether a role holds a permission. An unknown role holds none. */
export function may(role: string, permission: Permission): boolean {
  return permissionsOf(role).includes(permission);
}

/** The permissions of a role, none for a word that is no role. */
export function permissionsOf(role: string): readonly Permission[] {
  return Object.hasOwn(permissionsOfRole, role) ? permissionsOfRole[role as Role] : [];
}
