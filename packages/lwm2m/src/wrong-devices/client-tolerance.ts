/** A peculiarity of clients in the field, or a mistake that servers make with them, and what proves that ours can live with it. */
export interface Tolerance {
  /** `T1` for a peculiarity of clients; `1` for a mistake. */
  readonly id: string;
  readonly about: string;
  /** Files with tests named for it (`T1: …`), from the folder of the packages; or a test that proves it under another name. */
  readonly proof: readonly string[] | { readonly file: string; readonly title: string };
}

type Row = readonly [id: string, about: string, proof: Tolerance["proof"]];

const here = "lwm2m/src/wrong-devices";
const registration = [`${here}/registration.test.ts`];
const operations = [`${here}/operations.test.ts`];
const composite = [`${here}/composite.test.ts`];
const bootstrap = ["lwm2m/src/bootstrap/wrong-clients.test.ts"];
const mistakes = [`${here}/mistakes.test.ts`];
const cipherSuite = { file: "dtls/test/interop.test.ts", title: "TLS_PSK_WITH_AES_128_CCM_8" };
const addressTranslator = {
  file: "dtls/test/attacks.test.ts",
  title: "a light that sleeps behind a NAT keeps its connection when its port is given to another light",
};

/** What clients in the field do, one row each. Numbers that stand for nothing are left out. */
const clients: readonly Row[] = [
  ["T1", "parameters in any order, one of them twice", registration],
  ["T2", "Q with and without an equals sign", registration],
  ["T3", "queue mode written into the binding", registration],
  ["T4", "no binding", registration],
  ["T5", "bindings of several letters", registration],
  ["T6", "no endpoint name", registration],
  ["T7", "endpoint names of every kind", registration],
  ["T8", "values that look encoded", registration],
  ["T9", "each version that is served", registration],
  ["T10", "a version that is not served steps down at 4.12 alone", registration],
  ["T11", "no root link", registration],
  ["T12", "formats quoted and bare", registration],
  ["T13", "object versions quoted and bare", registration],
  ["T14", "no object version", registration],
  ["T15", "objects that are no business of a server", registration],
  ["T16", "an alternate path that the links leave out", registration],
  ["T17", "an Update with links and no format", registration],
  ["T18", "an Update without the root link", registration],
  ["T19", "a lifetime that we wrote is never said by the device", registration],
  ["T20", "a Register in blocks", registration],
  ["T21", "little room for its place", registration],
  ["T22", "a place of two segments", registration],
  ["T23", "success by exact codes", registration],
  ["T24", "an Update from another port", registration],
  ["T25", "no Register after a 4.04", registration],
  ["T26", "lifetimes of every size", registration],
  ["T27", "a server that cannot answer now", registration],
  ["T29", "an Update with what is new alone", registration],
  ["T30", "empty path segments are not understood", operations],
  ["T31", "composite requests without path and query", composite],
  ["T32", "a FETCH acknowledged and never answered", composite],
  ["T33", "non-confirmable requests are dropped", operations],
  ["T34", "no format without an Accept", operations],
  ["T35", "a refused Accept has another format asked", operations],
  ["T36", "errors of every kind", operations],
  ["T37", "a Create without a place in its answer", operations],
  ["T38", "a list that is not renewed after a Create", operations],
  ["T39", "an Execute that looks like a Write", operations],
  ["T40", "attributes that look like a Write", operations],
  ["T41", "attributes that are not known", operations],
  ["T43", "notifications confirmable and not", operations],
  ["T44", "a Send without a token", composite],
  ["T45", "answers from the port that listens", operations],
  ["T46", "an object too large to be read at once", operations],
  ["T47", "a request repeated as it was", operations],
  ["T48", "slow links", operations],
  ["T49", "retransmissions taken for repetitions", bootstrap],
  ["T50", "floats of four and eight bytes", operations],
  ["T54", "whole numbers written as fractions", operations],
  ["T57", "format numbers of before the first release", operations],
  ["T58", "a pack asked for before /bs", bootstrap],
  ["T59", "the preferred format", bootstrap],
  ["T60", "the version in a Discover", bootstrap],
  ["T61", "a Finish that is answered late", bootstrap],
  ["T62", "writes need a format", bootstrap],
  ["T63", "little can be read", bootstrap],
  ["T64", "everything is deleted", bootstrap],
  ["T65", "silence after an account was written", bootstrap],
  ["T66", "a bootstrap that nobody asked for", bootstrap],
  ["T67", "the port of the server in the account", bootstrap],
  ["T68", "clients with one cipher suite", cipherSuite],
  ["T70", "connection ids and address translators", addressTranslator],
];

/** What servers get wrong most often, one row each. */
const servers: readonly Row[] = [
  ["1", "version and binding", mistakes],
  ["2", "identity", mistakes],
  ["3", "registering anew", mistakes],
  ["4", "Update", mistakes],
  ["5", "places and links", mistakes],
  ["6", "content negotiation", mistakes],
  ["7", "TLV", mistakes],
  ["8", "SenML in JSON and CBOR", [`${here}/senml.test.ts`]],
  ["9", "verbs of Write, Write-Attributes, Execute and Create", mistakes],
  ["10", "Observe", mistakes],
  ["11", "queue mode", mistakes],
  ["12", "firmware", [`${here}/firmware.test.ts`]],
  ["13", "bootstrap", [`${here}/bootstrap.test.ts`]],
  ["14", "the core of CoAP", mistakes],
  ["15", "lifetimes and overload", [...mistakes, `${here}/wake-storm.test.ts`]],
];

/** Every row of both lists. */
export const clientTolerance: readonly Tolerance[] = [...clients, ...servers].map(([id, about, proof]) => ({
  ...{ id, about, proof },
}));
