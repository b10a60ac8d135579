import { randomBytes } from "node:crypto";
import type { FaultKind } from "@lamplighter/device/faults";
import { usualSoftware } from "@lamplighter/device/light-software";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import { provisionedObjects } from "@lamplighter/lwm2m/bootstrap/provisioning";
import { hours, seconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, type UdpPort } from "@lamplighter/runtime/udp-port";

/** Lights of one model, so that a test finds its own lights by it and leaves the others alone. */
export interface Batch {
  readonly model: string;
  readonly lights: number;
  readonly fault?: FaultKind;
  readonly installSeconds?: number;
  /** They have a driver and a radio with software of their own. */
  readonly software?: boolean;
  /** They use queue mode: between their messages they hear nothing. */
  readonly sleeps?: boolean;
}

export interface Fleet {
  readonly lights: readonly VirtualLight[];
  stop(): Promise<void>;
}

/** Switches on one light that knows nothing but its bootstrap server. */
export async function switchOnWithoutAccount(bootstrapPort: number, endpoint: string): Promise<Fleet> {
  const security = [
    { uri: `coap://127.0.0.1:${bootstrapPort}`, isBootstrapServer: true, credentials: { mode: "no-sec" } as const },
  ];
  const accounts = provisionedObjects({ deletions: [], security, servers: [], accessControl: [] });
  const port = await bindUdp({ host: "127.0.0.1", port: 0, bufferBytes: 64 * 1_024 });
  const identity = {
    ...{ endpoint, name: endpoint, manufacturer: "Lumen Works", model: "Bridge", hardwareRevision: "B" },
    ...{ serialNumber: endpoint, firmwareVersion: "1.4.2", latitude: 52.56, longitude: 4.06, street: "Bridge Street" },
    ...{ district: "Bridge District", feeder: "F02", cell: "C12", cellId: 40_002 },
  };
  const light = new VirtualLight({ port, clock: systemClock(), random: seeded(bootstrapPort), accounts, identity });
  light.start();
  return {
    lights: [light],
    async stop() {
      await new Promise<void>((resolve) => light.stop(resolve));
      await port.close();
    },
  };
}

/** Switches on one light that proves itself with a key, given in hexadecimal. Its identity is its name. */
export async function switchOnWithKey(coapsPort: number, endpoint: string, hexKey: string): Promise<Fleet> {
  const port = await bindUdp({ host: "127.0.0.1", port: 0, bufferBytes: 64 * 1_024 });
  const proof = { identity: new TextEncoder().encode(endpoint), key: Uint8Array.from(Buffer.from(hexKey, "hex")) };
  const light = new VirtualLight({
    ...{ port, clock: systemClock(), random: seeded(coapsPort), randomBytes, proof },
    server: `127.0.0.1:${coapsPort}`,
    identity: {
      ...{ endpoint, name: endpoint, manufacturer: "Lumen Works", model: "Vault", hardwareRevision: "B" },
      ...{ serialNumber: endpoint, firmwareVersion: "1.4.2", latitude: 52.57, longitude: 4.06, street: "Vault Street" },
      ...{ district: "Vault District", feeder: "F03", cell: "C13", cellId: 40_003 },
    },
  });
  light.start();
  return {
    lights: [light],
    async stop() {
      await new Promise<void>((resolve) => light.stop(resolve));
      await port.close();
    },
  };
}

/** Switches lights on. They register at once and then live on real sockets like any light. */
export async function switchOn(coapPort: number, batches: readonly Batch[]): Promise<Fleet> {
  const clock = systemClock();
  const ports: UdpPort[] = [];
  const lights: VirtualLight[] = [];
  for (const { model, lights: count, fault, installSeconds = 1, software, sleeps } of batches) {
    for (let index = 1; index <= count; index++) {
      const port = await bindUdp({ host: "127.0.0.1", port: 0, bufferBytes: 64 * 1_024 });
      ports.push(port);
      const number = String(index).padStart(2, "0");
      const suffix = fault ? `${fault}-${number}` : number;
      const light = new VirtualLight({
        port,
        clock,
        random: seeded(ports.length),
        server: `127.0.0.1:${coapPort}`,
        lifetime: sleeps ? hours(2) : seconds(60),
        installTime: seconds(installSeconds),
        ...(fault ? { fault } : {}),
        ...(sleeps ? { sleep: { listensFor: seconds(15), wakesEvery: hours(1) } } : {}),
        ...(software ? { software: usualSoftware } : {}),
        identity: {
          endpoint: `${model.toLowerCase()}-${suffix}`,
          name: `${model} ${suffix}`,
          manufacturer: "Lumen Works",
          model,
          hardwareRevision: "B",
          serialNumber: `E2E-${model}-${suffix}`,
          firmwareVersion: "1.4.2",
          latitude: 52.55 + index * 0.0005,
          longitude: 4.05 + lights.length * 0.0005,
          street: `${model} Street`,
          district: `${model} District`,
          feeder: "F01",
          cell: "C11",
          cellId: 40_001,
        },
      });
      light.start();
      lights.push(light);
    }
  }
  return {
    lights,
    async stop() {
      await Promise.all(lights.map((light) => new Promise<void>((resolve) => light.stop(resolve))));
      await Promise.all(ports.map((port) => port.close()));
    },
  };
}
