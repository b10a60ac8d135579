import { openTestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { buildImage } from "@lamplighter/device/firmware-image";
import type { LightIdentity } from "@lamplighter/device/light-identity";
import { nodeHttpGet } from "@lamplighter/device/node-http-get";
import { ReferenceLight } from "@lamplighter/device/reference-light";
import { VirtualLight } from "@lamplighter/device/virtual-light";
import type { VirtualLightOptions } from "@lamplighter/device/virtual-light-options";
import { milliseconds } from "@lamplighter/runtime/duration";
import { seeded } from "@lamplighter/runtime/random";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { bindUdp } from "@lamplighter/runtime/udp-port";
import { expect, test } from "vitest";
import { frontProxy } from "../test/front-proxy.ts";
import { openTab, startServer, welcome } from "../test/running-server.ts";
import { selfSigned } from "../test/self-signed.ts";

const image = buildImage({ version: "2.0.0", bytes: 400_000, seed: 1 });

/** A light whose power fails once while it fetches. */
async function fetcher(endpoint: string, server: string, options: Partial<VirtualLightOptions>) {
  const port = await bindUdp({ host: "127.0.0.1", port: 0 });
  const light = new VirtualLight({
    ...{ port, clock: systemClock(), random: seeded(1), identity: identityOf(endpoint), server },
    ...{ delivery: "pull", fault: "power-cut", installTime: milliseconds(200) },
    ...options,
  });
  light.start();
  const stop = async () => {
    await new Promise<void>((resolve) => light.stop(resolve));
    await port.close();
  };
  return { light, [Symbol.asyncDispose]: stop };
}

function identityOf(endpoint: string): LightIdentity {
  return {
    ...{ endpoint, name: endpoint, manufacturer: "Maker", model: "L1", hardwareRevision: "A", serialNumber: endpoint },
    ...{ firmwareVersion: "1.0.0", latitude: 48.2, longitude: 16.4, cell: "C01", cellId: 1 },
    ...{ street: "Main Road", district: "North", feeder: "F1" },
  };
}

test("lights that fetch over HTTP, HTTPS and CoAP all come to the new version, over a power cut in the middle", async () => {
  const database = await openTestDatabase();
  using folder = temporaryFolder();
  const certificate = selfSigned();
  using plain = await frontProxy();
  using secure = await frontProxy(certificate);
  await using server = await startServer({
    DATABASE_URL: database.url,
    LAMPLIGHTER_DATA_FOLDER: folder.path,
    LAMPLIGHTER_DOWNLOAD_URLS: `${plain.url}, ${secure.url}/`,
  });
  plain.passTo(server.url);
  secure.passTo(server.url);
  secure.release();
  const tab = openTab(server, await welcome(server));
  const to = `127.0.0.1:${server.coapPort}`;
  const httpGet = nodeHttpGet({ authorities: certificate.cert });
  await using http = await fetcher("urn:dev:http", to, { protocols: ["http"], httpGet });
  await using https = await fetcher("urn:dev:https", to, { protocols: ["https"], httpGet });
  await using coap = await fetcher("urn:dev:coap", to, {});
  await using forgetful = await fetcher("urn:dev:forgetful", to, { afterPowerCut: "forgets" });
  const reference = new ReferenceLight({
    ...{ identity: identityOf("urn:dev:reference"), server: { host: "127.0.0.1", port: server.coapPort } },
    ...{ host: "127.0.0.1", lifetimeSeconds: 60, installMilliseconds: 200, fetches: "http" },
  });
  await reference.start();
  try {
    await tab.until(async () => {
      const { items } = await tab.api.device.list.query({});
      return items.filter(({ firmwareVersion }) => firmwareVersion).length === 5 || undefined;
    });
    const upload = await fetch(`${server.url}/api/firmware?name=Lamp&fileName=lamp.bin`, {
      method: "POST",
      headers: { cookie: tab.cookie, origin: server.url },
      body: Buffer.from(image),
    });
    const { id: packageId } = (await upload.json()) as { id: string };
    const gate = { failedPercentMax: 5, lostMax: 2, succeededPercentMin: 90, manual: false };
    const { id } = await tab.api.campaign.create.mutate({
      ...{ name: "Fetched", packageId, target: { kind: "query", query: {} } },
      waves: [{ name: "All", percent: 100, gate }],
      startNow: true,
    });

    // The proxy holds back what it is given: what is seen now is the server's own account of what it served.
    const seen = await tab.until(
      async () => {
        const { items } = await tab.api.campaign.jobs.query({ id, search: "urn:dev:http" });
        return items.find(({ endpoint, bytesDone }) => endpoint === "urn:dev:http" && bytesDone > 0);
      },
      { campaignId: id },
    );
    expect(seen).toMatchObject({ state: "downloading", bytesTotal: image.length });
    plain.release();

    const done = await tab.until(
      async () => {
        const view = await tab.api.campaign.get.query({ id });
        return view.state === "completed" ? view : undefined;
      },
      { campaignId: id },
    );
    expect(done).toMatchObject({ outcome: "clean", tally: { succeeded: 5 } });
    const { items } = await tab.api.campaign.jobs.query({ id });
    expect(items.map(({ state, attempt, bytesDone }) => [state, attempt, bytesDone])).toEqual(
      Array.from({ length: 5 }, () => ["succeeded", 1, image.length]),
    );

    // No byte came twice, though the power failed once in the middle, and once more for the installation.
    for (const { light } of [http, https, coap, forgetful]) {
      expect(light.counters, light.identity.endpoint).toMatchObject({ executesPerAttemptMax: 1, packages: 1 });
      expect(light.counters.bytesArrived, light.identity.endpoint).toBe(image.length);
      expect(light.counters.reboots, light.identity.endpoint).toBe(2);
    }
    expect(reference.counters).toMatchObject({ executesPerAttemptMax: 1, packages: 1, bytesArrived: image.length });
    const ranges = (proxy: typeof plain) => proxy.asked.map(({ headers }) => headers.range).filter(Boolean);
    expect(ranges(plain)).toEqual([expect.stringMatching(/^bytes=\d+-$/)]);
    expect(ranges(secure)).toEqual([expect.stringMatching(/^bytes=\d+-$/)]);

    const paths = new Set([...plain.asked, ...secure.asked].map(({ path }) => path));
    expect(paths.size).toBe(3);
    for (const path of paths) {
      const used = await fetch(`${server.url}${path}`);
      expect([used.status, await used.json()]).toMatchObject([404, { error: { reason: "not-found" } }]);
      expect(server.output()).not.toContain(path.split("/")[2]);
    }
  } finally {
    tab.close();
    await reference.stop();
    await database.close();
  }
});
