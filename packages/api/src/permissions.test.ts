import { expect, test } from "vitest";
import { may, permissions, permissionsOf, roles } from "./permissions.ts";
import { appRouter } from "./router.ts";

const procedures = Object.entries(
  (appRouter._def as unknown as { procedures: Record<string, { _def: { meta?: { permission?: unknown } } }> })
    .procedures,
);

test("every procedure and subscription names a permission that exists", () => {
  expect(procedures.length).toBeGreaterThan(55);
  const nameless = procedures.filter(([, { _def }]) => !permissions.some((known) => known === _def.meta?.permission));
  expect(nameless.map(([path]) => path)).toEqual([]);
});

test("what changes something never asks for a permission to look", () => {
  const looking = procedures
    .filter(([, procedure]) => (procedure._def as unknown as { type: string }).type === "mutation")
    .filter(([, { _def }]) =>
      /^(session|device|group|firmware|campaign|bootstrap|model|security|audit)\.read$/.test(
        String(_def.meta?.permission),
      ),
    );
  expect(looking.map(([path]) => path)).toEqual([]);
});

test("an administrator may do everything, a viewer may change nothing, a stranger's role nothing at all", () => {
  expect(permissions.every((permission) => may("administrator", permission))).toBe(true);
  expect(permissionsOf("viewer").every((permission) => permission.endsWith(".read"))).toBe(true);
  expect(permissionsOf("toString")).toEqual([]);
  expect(roles).toContain("approver");
});
