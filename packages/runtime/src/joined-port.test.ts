import { expect, test } from "vitest";
import type { Address, DatagramPort } from "./datagram.ts";
import { joinPorts } from "./joined-port.ts";

class RecordedPort implements DatagramPort {
  readonly address: Address;
  readonly sent: Address[] = [];
  hear: (from: Address, datagram: Uint8Array) => void = () => {};

  constructor(address: Address) {
    this.address = address;
  }

  send(to: Address): void {
    this.sent.push(to);
  }

  onDatagram(listener: (from: Address, datagram: Uint8Array) => void): void {
    this.hear = listener;
  }
}

test("each datagram leaves by the way its peer came: a proved peer is never answered in the clear", () => {
  const [plain, secure] = [new RecordedPort("192.0.2.1:5683"), new RecordedPort("192.0.2.1:5684")];
  const joined = joinPorts({ plain, secure });
  for (const peer of ["192.0.2.7:5683", "dtls:0011", "[2001:db8::1]:1", "dtls:"]) joined.send(peer, new Uint8Array(1));
  expect(plain.sent).toEqual(["192.0.2.7:5683", "[2001:db8::1]:1"]);
  expect(secure.sent).toEqual(["dtls:0011", "dtls:"]);
  expect(joined.address).toBe("192.0.2.1:5683");
});

test("what comes by either way is heard", () => {
  const [plain, secure] = [new RecordedPort("192.0.2.1:5683"), new RecordedPort("192.0.2.1:5684")];
  const heard: Address[] = [];
  joinPorts({ plain, secure }).onDatagram((from) => heard.push(from));
  plain.hear("192.0.2.7:5683", new Uint8Array());
  secure.hear("dtls:0011", new Uint8Array());
  expect(heard).toEqual(["192.0.2.7:5683", "dtls:0011"]);
});
