import { createSocket, type Socket } from "node:dgram";
import { type SubjectKind, startSubject } from "./child.ts";
import { stayAwake } from "./wakeful.ts";

export const imageBytes = 64 * 1024;
const blocksPerImage = imageBytes / 1024;

/** CPU µs per 1024-byte block in the pushing process, while `endpoints` simulated devices take 64 KiB each at once. */
export async function measurePush(kind: SubjectKind, { endpoints, warmUp }: { endpoints: number; warmUp: number }) {
  const subject = await startSubject(kind, "push");
  const sockets: Socket[] = [];
  const sleep = stayAwake();
  try {
    for (let index = 0; index < endpoints; index++) {
      const socket = createSocket({ type: "udp4", lookup: (name, _options, done) => done(null, name, 4) });
      await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
      socket.on("message", (datagram, from) => {
        const answer = acknowledge(datagram);
        if (answer) socket.send(answer, from.port, from.address);
      });
      sockets.push(socket);
    }
    const ports = sockets.map((socket) => socket.address().port);
    await subject.push(ports.slice(0, warmUp), imageBytes);
    await subject.start();
    await subject.push(ports, imageBytes);
    return (await subject.stop()) / (endpoints * blocksPerImage);
  } finally {
    sleep();
    for (const socket of sockets) socket.close();
    await subject.end();
  }
}

/** Answers one block with 2.31, the last with 2.04: the least a device does, so that the sender is what is measured. */
function acknowledge(datagram: Buffer): Buffer | undefined {
  const tokenLength = datagram[0]! & 15;
  if (datagram[0]! >> 4 !== 4) return undefined;
  let number = 0;
  let at = 4 + tokenLength;
  while (at < datagram.length && datagram[at] !== 0xff) {
    const head = datagram[at++]!;
    let delta = head >> 4;
    const length = head & 15;
    if (delta === 13) delta = 13 + datagram[at++]!;
    number += delta;
    if (number === 27) {
      const value = datagram.subarray(at, at + length);
      const isLast = (value[length - 1]! & 8) === 0;
      const answer = Buffer.alloc(4 + tokenLength + 2 + length);
      datagram.copy(answer, 0, 0, 4 + tokenLength);
      answer[0] = 0x60 | tokenLength;
      answer[1] = isLast ? 0x44 : 0x5f;
      answer[4 + tokenLength] = 0xd0 | length;
      answer[5 + tokenLength] = 27 - 13;
      value.copy(answer, 6 + tokenLength);
      return answer;
    }
    at += length;
  }
  return undefined;
}
