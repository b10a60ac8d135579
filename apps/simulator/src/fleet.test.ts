import { CHANGED, CREATED, DELETE, DELETED, POST } from "@lamplighter/coap/code";
import { CoapEndpoint } from "@lamplighter/coap/endpoint";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp, parseAddress } from "@lamplighter/runtime/udp-port";
import { expect, onTestFinished, test } from "vitest";
import { openControl } from "./control.ts";
import { type Fleet, type FleetOptions, startFleet } from "./fleet.ts";
import { placeLights } from "./place-lights.ts";
import { drawTown } from "./town.ts";

/** A server on a real socket that accepts every light, and remembers which came and which went. */
async function listen() {
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const endpoint = new CoapEndpoint({ port, clock: systemClock(), random: seeded(1) });
  const registered = new Set<string>();
  const sleepy = new Set<string>();
  const gone = new Set<string>();
  endpoint.onRequest((request) => {
    const isRegister = request.method === POST && request.path.length === 1;
    if (isRegister) registered.add(request.query[0] ?? "");
    if (isRegister && request.query.includes("Q")) sleepy.add(request.query[0] ?? "");
    if (request.method === DELETE) gone.add(request.path[1] ?? "");
    const code = isRegister ? CREATED : request.method === DELETE ? DELETED : CHANGED;
    request.respond({ code, locationPath: ["rd", String(registered.size)] });
  });
  onTestFinished(async () => {
    endpoint.close();
    await port.close();
  });
  return { address: parseAddress(port.address), registered, sleepy, gone };
}

function options(server: { host: string; port: number }, lights: number): FleetOptions {
  return {
    identities: placeLights(drawTown(), lights, { seed: 1 }),
    server,
    reference: 2,
    faults: { "power-cut": 3 },
    loss: 0,
    lifetimeSeconds: 300,
    installSeconds: 1,
    rampPerSecond: 10_000,
    seed: 1,
  };
}

/** Waits until each light has heard that it is registered. */
async function allRegistered(fleet: Fleet, lights: number) {
  const registered = () => fleet.report().filter(({ phase }) => phase === "registered").length;
  await expect.poll(registered, { timeout: 10_000 }).toBe(lights);
}

test("a fleet registers every light, reports on each, and says goodbye for all of them", async () => {
  const server = await listen();
  const fleet = await startFleet(options(server.address, 120));
  await fleet.switchedOn;
  await allRegistered(fleet, 120);
  const report = fleet.report();
  expect(report).toHaveLength(120);
  expect(report.filter(({ kind }) => kind === "reference")).toHaveLength(2);
  expect(report.filter(({ fault }) => fault === "power-cut").map(({ endpoint }) => endpoint)).toEqual(
    expect.arrayContaining([...fleet.faults.keys()]),
  );
  expect(fleet.faults.size).toBe(3);
  await fleet.stop();
  expect(server.gone.size).toBe(120);
});

test("a name that leads nowhere is told in a sentence", async () => {
  const wish = options({ host: "no-such-host.invalid", port: 5683 }, 5);
  await expect(startFleet({ ...wish, faults: {} })).rejects.toThrow(/"no-such-host.invalid" leads to no IPv4 address/);
});

test("over the control port a script sees the lights and pulls a plug", async () => {
  const server = await listen();
  const fleet = await startFleet(options(server.address, 10));
  await fleet.switchedOn;
  await allRegistered(fleet, 10);
  const control = await openControl(fleet, 0);
  const base = `http://127.0.0.1:${control.port}/lights`;
  const post = async (path: string) => {
    const response = await fetch(`${base}/${path}`, { method: "POST" });
    return { status: response.status, body: await response.json() };
  };
  expect(await post("light-00005/off")).toEqual({ status: 200, body: { endpoint: "light-00005", phase: "dark" } });
  const seen = (await (await fetch(base)).json()) as { endpoint: string; phase: string }[];
  expect(seen.find(({ endpoint }) => endpoint === "light-00005")?.phase).toBe("dark");
  expect(await post("light-00005/on")).toMatchObject({ status: 200, body: { phase: "registering" } });
  expect((await post("light-00001/off")).status).toBe(404);
  expect((await post("%/off")).status).toBe(404);
  expect((await fetch(`${base}/light-00005/off`)).status).toBe(404);
  control.close();
  await fleet.stop();
});

test("the last lights of a fleet sleep, if so many are asked for", async () => {
  const server = await listen();
  const fleet = await startFleet({ ...options(server.address, 10), faults: {}, sleepy: 2 });
  await fleet.switchedOn;
  await allRegistered(fleet, 10);
  expect([...server.sleepy].sort()).toEqual(["ep=light-00009", "ep=light-00010"]);
  await fleet.stop();
});
