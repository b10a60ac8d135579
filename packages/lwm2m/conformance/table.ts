/** Whether a case of the conformance suite can judge this server, and if not, why. */
export type Applies =
  /** It runs over the wire, between the server and a client. */
  | "applies"
  /** It needs DTLS with keys or certificates. */
  | "with CoAPS"
  /** The suite has a heading for it and no procedure. */
  | "no procedure"
  /** Only the client is judged, and nothing is asked of a server that another case does not ask. */
  | "client only"
  /** The suite says that another case's result counts. */
  | { readonly sameAs: string }
  | { readonly outOfScope: string };

/** One case of OMA's enabler test specification for LwM2M (ETS INT 1.2). */
export interface Case {
  /** As the suite writes it, without `LightweightM2M-`. */
  readonly id: string;
  readonly title: string;
  /** Versions of clients that it is about. */
  readonly versions: string;
  readonly applies: Applies;
}

type Row = readonly [number: string, title: string, applies?: Applies];

const empty = "no procedure";
const tcp = { outOfScope: "CoAP over TCP is not spoken" };
const oscore = { outOfScope: "OSCORE is not spoken" };

/** Cases of the suite's release 1.1, in its order; those about operations of 1.0 hold for clients of 1.0 too. */
const since10: readonly Row[] = [
  ["0", "Client Initiated Bootstrap"],
  ["1", "Client Initiated Bootstrap Full (PSK)", "with CoAPS"],
  ["2", "Client Initiated Bootstrap Full (Cert)", "with CoAPS"],
  ["3", "Simple Bootstrap from Smartcard", "client only"],
  ["4", "Bootstrap Delete"],
  ["5", "Server Initiated Bootstrap"],
  ["6", "Bootstrap Sequence", "client only"],
  ["7", "Fallback to bootstrap"],
  ["101", "Initial Registration"],
  ["102", "Registration Update"],
  ["103", "Deregistration"],
  ["104", "Registration Update Trigger"],
  ["105", "Discarded Register Update"],
  ["107", "Extending the lifetime of a registration"],
  ["108", "Turn on Queue Mode"],
  ["109", "Behavior in Queue Mode"],
  ["201", "Querying basic information in Plain Text"],
  ["202", "Querying basic information in Opaque", empty],
  ["203", "Querying basic information in TLV"],
  ["204", "Querying basic information in JSON"],
  ["205", "Setting basic information in Plain Text"],
  ["210", "Setting basic information in Opaque", empty],
  ["215", "Setting basic information in TLV"],
  ["220", "Setting basic information in JSON"],
  ["221", "Attempt to perform operations on Security"],
  ["222", "Read on Object"],
  ["223", "Read on Object Instance"],
  ["224", "Read on Resource"],
  ["226", "Write (Partial Update) on Object Instance"],
  ["227", "Write (replace) on Resource"],
  ["241", "Executable Resource: Rebooting the device"],
  ["256", "Write Operation Failure"],
  ["260", "Discover Command"],
  ["270", "Create Object Instance", { sameAs: "1630" }],
  ["290", "Delete Object Instance", { sameAs: "1635" }],
  ["301", "Observation and Notification of parameter values"],
  ["302", "Cancel Observations using Reset"],
  ["303", "Cancel Observations using Observe with Cancel parameter"],
  ["401", "UDP Channel Security - Pre-shared Key Mode", "with CoAPS"],
  ["402", "UDP Channel Security - Certificate Mode", "with CoAPS"],
  ["403", "UDP Channel Security - Certificate Mode, identity failure", "with CoAPS"],
  ["551", "Server Object: access to the resources", { sameAs: "215" }],
  ["555", "Server Object: Disable capability", empty],
  ["556", "Server Object: Update Registration capability", { sameAs: "104" }],
  ["560", "Server Object: delayed report of notifications", empty],
  ["565", "Server Object: Create Object Instance", empty],
  ["566", "Server Object: Delete Object Instance", empty],
  ["651", "Device Object: access to the resources"],
  ["652", "Device Object: querying the firmware version"],
  ["655", "Device Object: Reboot capability", { sameAs: "241" }],
  ["656", "Device Object: Factory Reset", empty],
  ["657", "Device Object: Error Code", empty],
  ["660", "Device Object: basic observation", { sameAs: "301" }],
  ["661", "Device Object: extended observation", empty],
  ["670", "Device Object: creating multiple resource instances", empty],
  ["680", "Device Object: Create Object Instance"],
  ["685", "Device Object: Delete Object Instance"],
  ["701", "Connectivity Monitoring: reading"],
  ["705", "Connectivity Monitoring: writing", empty],
  ["710", "Connectivity Monitoring: basic observation"],
  ["711", "Connectivity Monitoring: extended observation", empty],
  ["720", "Connectivity Monitoring: creating multiple resource instances", empty],
  ["730", "Connectivity Monitoring: creating an instance", empty],
  ["735", "Connectivity Monitoring: deleting an instance", empty],
  ["751", "Firmware Update: querying the readable resources"],
  ["755", "Firmware Update: writing the Package"],
  ["756", "Firmware Update: writing the Package URI"],
  ["760", "Firmware Update: observing the State"],
  ["770", "Firmware Update: success, pushed over CoAP"],
  ["771", "Firmware Update: success, pulled from a URI"],
  ["772", "Firmware Update: installing without a package"],
  ["773", "Firmware Update: not enough storage"],
  ["774", "Firmware Update: out of memory"],
  ["775", "Firmware Update: connection lost"],
  ["776", "Firmware Update: integrity failure"],
  ["777", "Firmware Update: unsupported package type"],
  ["778", "Firmware Update: invalid URI"],
  ["779", "Firmware Update: installation fails"],
  ["780", "Firmware Update: unsupported protocol", empty],
  ["801", "Location: reading"],
  ["805", "Location: writing", empty],
  ["810", "Location: basic observation"],
  ["811", "Location: extended observation", empty],
  ["820", "Location: creating multiple resource instances", empty],
  ["830", "Location: creating an instance", empty],
  ["835", "Location: deleting an instance", empty],
  ["901", "Connectivity Statistics: collecting"],
  ["905", "Connectivity Statistics: writing"],
  ["910", "Connectivity Statistics: observation"],
  ["911", "Connectivity Statistics: extended observation", empty],
  ["920", "Connectivity Statistics: creating multiple resource instances", empty],
  ["930", "Connectivity Statistics: creating an instance", empty],
  ["935", "Connectivity Statistics: deleting an instance", empty],
  ["950", "Registration to several servers"],
  ["951", "Several servers and their attributes"],
  ["1600", "Portfolio: reading", empty],
  ["1605", "Portfolio: writing", empty],
  ["1610", "Portfolio: basic observation", empty],
  ["1611", "Portfolio: extended observation", empty],
  ["1620", "Portfolio: creating multiple resource instances", empty],
  ["1630", "Create a Portfolio Object Instance"],
  ["1635", "Delete all Portfolio Object Instances"],
];

const since11: readonly Row[] = [
  ["8", "Bootstrap Read"],
  ["9", "Bootstrap and Configuration Consistency"],
  [
    "10",
    "Client Initiated Bootstrap Full (EST)",
    { outOfScope: "enrolment over secure transport (EST) is not offered" },
  ],
  ["106", "TCP Binding", tcp],
  ["211", "Querying basic information in CBOR"],
  ["212", "Setting basic information in CBOR"],
  ["225", "Read on Resource Instance"],
  ["228", "Write on Resource Instance"],
  ["229", "Read-Composite Operation"],
  ["230", "Write-Composite Operation"],
  ["231", "Querying basic information in SenML JSON"],
  ["232", "Querying basic information in SenML CBOR"],
  ["233", "Setting basic information in SenML CBOR"],
  ["234", "Setting basic information in SenML JSON"],
  ["235", "Read-Composite Operation on root path"],
  ["236", "Read-Composite, partial presence"],
  ["237", "Read on Object without Accept"],
  ["257", "Write-Composite"],
  ["261", "Write-Attributes on a multiple resource"],
  ["271", "Create multiple resource instances", empty],
  ["280", "Successful Read-Composite"],
  ["281", "Partially successful Read-Composite"],
  ["304", "Observe-Composite"],
  ["305", "Cancel Observation-Composite"],
  ["306", "Send"],
  ["307", "Muting Send"],
  ["308", "Observe-Composite with Create"],
  ["309", "Observe-Composite with Delete"],
  ["310", "Observe-Composite with changed attributes"],
  ["311", "Send command"],
  ["404", "TCP Channel Security - Certificate Mode", tcp],
  ["405", "OSCORE", oscore],
  ["406", "TCP Channel Security - Pre-shared Key Mode", tcp],
  ["1200", "Cellular Connectivity: reading"],
  ["1201", "Cellular Connectivity 1.1: reading"],
  ["1202", "Cellular Connectivity 1.1: setting the power saving mode"],
  ["1203", "Cellular Connectivity 1.1: observing the power saving mode"],
  ["1204", "Cellular Connectivity: observing the timers"],
  ["1250", "Connectivity Management: APN configuration"],
  ["1350", "Connectivity Management: bearer selection"],
  ["1900", "BinaryAppDataContainer: observing"],
  ["1901", "BinaryAppDataContainer: writing"],
  ["2000", "Event Log: setting LogStart"],
  ["2001", "Event Log: reading"],
];

const since12: readonly Row[] = [
  ["11", "Client Initiated Bootstrap (OSCORE)", oscore],
  ["12", "Bootstrap by Bootstrap-Pack-Request"],
  ["19", "Client Initiated Bootstrap over MQTT", { outOfScope: "MQTT is not spoken" }],
  ["110", "Initial Registration using the Profile ID"],
  ["111", "Registration using Profile ID and object list"],
  ["264", "Discover with depth 1"],
  ["266", "Discover with depth 3"],
  ["312", "Observe with attributes as parameters"],
  ["313", "Observe parameters override attributes"],
];

/** Every case of the suite. */
export const cases: readonly Case[] = [
  ...since10.map(caseOf("1.1", "1.0, 1.1, 1.2")),
  ...since11.map(caseOf("1.1", "1.1, 1.2")),
  ...since12.map(caseOf("1.2", "1.2")),
].sort((a, b) => numberOf(a.id) - numberOf(b.id));

function caseOf(release: string, versions: string) {
  return ([number, title, applies = "applies"]: Row): Case => {
    const id = (of: string) => `${["1250", "1350"].includes(of) ? "CONMGMT-" : ""}${release}-int-${of}`;
    const same = typeof applies === "object" && "sameAs" in applies;
    return { id: id(number), title, versions, applies: same ? { sameAs: id(applies.sameAs) } : applies };
  };
}

function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf("-") + 1));
}
