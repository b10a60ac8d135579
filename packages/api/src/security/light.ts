import { type CredentialState, retiredKeptMax } from "@lamplighter/db/prisma-credential-store";
import { z } from "zod";
import { id } from "../input/text.ts";
import { visibleDevice } from "../inventory/device-view.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { rotationByBootstrap } from "./by-bootstrap.ts";
import { eventsOfLight } from "./events-of-light.ts";
import { endpoint } from "./input.ts";
import { credentialViews, eventViews, sessionView } from "./row-views.ts";
import type { SecurityLightView } from "./view.ts";

const eventsShown = 20;
const order: readonly CredentialState[] = ["active", "pending", "retired"];

/** How one light proves itself, and how it is connected now. By its id, or by the name of one that only has a key so far. */
export const lightSecurity = needs("security.read")
  .input(z.union([z.strictObject({ deviceId: id }), z.strictObject({ endpoint })]))
  .query(async ({ ctx, input }): Promise<SecurityLightView> => {
    const { db, actor, security, lights } = ctx;
    const scope = visibleTo(actor).devices;
    const device =
      "deviceId" in input
        ? await visibleDevice(db, scope, input.deviceId)
        : await db.device.findFirst({ where: { AND: [{ endpoint: input.endpoint }, scope] } });
    const endpoint = "deviceId" in input ? (device?.endpoint ?? "") : input.endpoint;
    const rows = await db.credential.findMany({
      where: { endpoint },
      // By the alphabet too: active, pending, retired. What is good must not be cut off by what was.
      orderBy: [{ state: "asc" }, { purpose: "desc" }, { createdAt: "desc" }],
      take: 2 * (retiredKeptMax + 2),
      omit: { sealedKey: true },
    });
    if (!device && rows.length === 0) {
      throw new Problem("not-found", "No light of this name is known, and nobody has given it a key.");
    }
    rows.sort((a, b) => order.indexOf(a.state as CredentialState) - order.indexOf(b.state as CredentialState));
    const events = await db.securityEvent.findMany({
      where: await eventsOfLight(db, endpoint),
      orderBy: { seq: "desc" },
      take: eventsShown,
    });
    const peer = security.peers.peerOf(endpoint);
    const registration = lights.find(endpoint);
    const why = security.store.whyNotClear(endpoint);
    return {
      endpoint,
      deviceId: device?.id ?? null,
      name: device?.name ?? null,
      credentials: await credentialViews(db, rows),
      session: peer ? sessionView(peer) : null,
      registered: registration ? (registration.authenticated ? "secure" : "clear") : null,
      clear: why === undefined ? { allowed: true } : { allowed: false, why },
      rotationByBootstrap: await rotationByBootstrap(ctx, endpoint),
      events: await eventViews(db, events),
    };
  });
