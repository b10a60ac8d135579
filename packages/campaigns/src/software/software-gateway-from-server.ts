import { instance as instanceNode, type Node, singleValue } from "@lamplighter/lwm2m/node";
import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type { Lwm2mServer } from "@lamplighter/lwm2m/server";
import type { ServerEvent } from "@lamplighter/lwm2m/server-event";
import type { SoftwareReading } from "@lamplighter/lwm2m/software/software-attempt";
import { text } from "@lamplighter/lwm2m/value";
import { addressBytesMax, numbersIn, unlessAbsent } from "../gateway-from-server.ts";
import type { SoftwareGateway, SoftwareSign } from "./software-gateway.ts";

/** Resources of object 9, by what they are for. */
const resources = {
  ...{ name: 0, version: 1, package: 2, uri: 3, install: 4, uninstall: 6, state: 7, result: 9 },
  ...{ activate: 10, deactivate: 11, isActive: 12 },
} as const;

const watched = new RegExp(`^/9/\\d+/(${resources.state}|${resources.result}|${resources.isActive})$`);

/** The gateway in production: the LwM2M server, and a place to hand its events to. */
export interface ServerSoftwareGateway extends SoftwareGateway {
  /** Hand every event of the server in here. */
  take(event: ServerEvent): void;
}

type Server = Pick<
  Lwm2mServer,
  "find" | "isAwake" | "modelOf" | "read" | "write" | "writeOpaque" | "execute" | "create" | "discover"
>;

/** Puts the questions about software to the LwM2M server. */
export function softwareGatewayFromServer(server: Server): ServerSoftwareGateway {
  const listeners = new Set<(sign: SoftwareSign) => void>();
  const tell = (sign: SoftwareSign) => {
    for (const listener of listeners) listener(sign);
  };
  const pathOf = ({ instance }: { instance: number }, resource: keyof typeof resources) =>
    `/9/${instance}/${resources[resource]}`;
  const isAccepted = (endpoint: string) => server.find(endpoint)?.pending === false;

  return {
    isRegistered: (endpoint) => isAccepted(endpoint) && server.isAwake(endpoint),
    async read({ endpoint, instance }) {
      const outcome = await server.read(endpoint, `/9/${instance}`);
      return outcome.kind === "ok" ? readingOf(outcome) : outcome;
    },
    create: ({ endpoint, instance }) => server.create(endpoint, 9, instanceNode(instance, [])),
    execute(place, what) {
      const args = what.kind === "uninstall" ? (what.forUpdate ? "1" : "0") : undefined;
      return server.execute(place.endpoint, pathOf(place, what.kind), args);
    },
    async readDelivery({ endpoint, instance }) {
      const links = await unlessAbsent(server.discover(endpoint, `/9/${instance}`));
      if (links.kind !== "ok") return links;
      // Object 9 does not say by which protocols a light fetches; object 5, of the same light, may.
      const protocols = await unlessAbsent(server.read(endpoint, "/5/0/8"));
      if (protocols.kind !== "ok") return protocols;
      const has = (resource: number) => links.value?.some(({ target }) => target === `/9/${instance}/${resource}`);
      const [takesPackage, takesUri] = [has(resources.package), has(resources.uri)];
      return {
        ...protocols,
        value: {
          // A Discover that names neither leaves both open.
          method: takesPackage === takesUri ? undefined : takesPackage ? 1 : 0,
          protocols: numbersIn(protocols.value),
          uriBytesMax: addressBytesMax(server.modelOf(endpoint, 9)?.resources.get(resources.uri)),
          isProtected: server.find(endpoint)?.authenticated === true,
        },
      };
    },
    pushPackage: (place, image, { onProgress, mayContinue }) =>
      server.writeOpaque(place.endpoint, pathOf(place, "package"), image, {
        mayContinue,
        onProgress: ({ bytesAcknowledged }) => onProgress(bytesAcknowledged),
      }),
    offerPackage: (place, uri) => server.write(place.endpoint, pathOf(place, "uri"), text(uri)),
    onSign(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    take(event) {
      if (event.kind === "registered") return tell({ kind: "registered", endpoint: event.registration.endpoint });
      if (event.kind === "updated") {
        const { endpoint, pending } = event.registration;
        if (!pending && server.isAwake(endpoint)) tell({ kind: "awake", endpoint });
      } else if (event.kind === "value" && event.source === "notify" && watched.test(event.path)) {
        tell({ kind: "changed", endpoint: event.endpoint });
      }
    },
  };
}

/** What an instance says of itself; malformed where a mandatory resource is missing or of another kind. */
function readingOf(
  outcome: Extract<OperationOutcome<Node>, { kind: "ok" }>,
): Extract<OperationOutcome<SoftwareReading>, { kind: "ok" | "malformed" }> {
  const { value: node } = outcome;
  const one = (resource: keyof typeof resources) => {
    const found = node.kind === "instance" ? node.resources.get(resources[resource]) : undefined;
    return found && singleValue(found)?.value;
  };
  const [state, result, name, version, isActive] = (["state", "result", "name", "version", "isActive"] as const).map(
    one,
  );
  if (state === undefined || result === undefined || typeof isActive !== "boolean") {
    return { kind: "malformed", why: "its software instance lacks its state, its result or whether it is active" };
  }
  const texts = { name: String(name ?? ""), version: String(version ?? "") };
  return { ...outcome, value: { state: Number(state), result: Number(result), ...texts, isActive } };
}
