import { createSocket, type Socket } from "node:dgram";
import { type SubjectKind, startSubject } from "./child.ts";
import { stayAwake } from "./wakeful.ts";

/** Sockets of the load generator, each a peer of its own: message ids are per peer and must not repeat in a run. */
const socketsMax = 64;
const windowPerSocket = 2;
const registrationsMax = 10_000;

/** CPU µs per registration update in the process under test: `messages` of them after a warm-up, 128 under way at once. */
export async function measureUpdates(kind: SubjectKind, { warmUp, messages }: { warmUp: number; messages: number }) {
  const subject = await startSubject(kind, "serve");
  const sockets: Socket[] = [];
  const sleep = stayAwake();
  try {
    for (let index = 0; index < socketsMax; index++) {
      const socket = createSocket({ type: "udp4", lookup: (name, _options, done) => done(null, name, 4) });
      await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
      sockets.push(socket);
    }
    const drive = driver(sockets, subject.port, kind === "raw");
    await drive(warmUp);
    await subject.start();
    await drive(messages);
    return (await subject.stop()) / messages;
  } finally {
    sleep();
    for (const socket of sockets) socket.close();
    await subject.end();
  }
}

function driver(sockets: readonly Socket[], port: number, isRaw: boolean) {
  const messageIds = sockets.map(() => 0);
  let sent = 0;
  let answered = 0;
  let total = 0;
  let registration = 0;
  let finish: () => void = () => {};
  let fail: (error: Error) => void = () => {};
  let lastAnswered = 0;

  const sendOne = (index: number) => {
    sent++;
    messageIds[index] = (messageIds[index]! + 1) & 0xffff;
    registration = (registration + 7_919) % registrationsMax;
    sockets[index]!.send(updateMessage(messageIds[index]!, registration), port, "127.0.0.1");
  };
  for (const [index, socket] of sockets.entries()) {
    socket.on("message", (datagram) => {
      if (!isRaw && datagram[1] !== 0x44) fail(new Error(`answered ${datagram.toString("hex")}`));
      answered++;
      if (sent < total) sendOne(index);
      else if (answered === total) finish();
    });
  }
  return async (count: number): Promise<void> => {
    total += count;
    const done = new Promise<void>((resolve, reject) => {
      finish = resolve;
      fail = reject;
    });
    const watchdog = setInterval(() => {
      if (answered === lastAnswered) fail(new Error(`stalled at ${answered} of ${total}`));
      lastAnswered = answered;
    }, 5_000);
    for (let round = 0; round < windowPerSocket; round++) for (const index of sockets.keys()) sendOne(index);
    try {
      await done;
    } finally {
      clearInterval(watchdog);
    }
  };
}

/** POST /rd/r000000042, confirmable, with a token of eight bytes. */
function updateMessage(messageId: number, registration: number): Buffer {
  const message = Buffer.alloc(4 + 8 + 3 + 11);
  message[0] = 0x48;
  message[1] = 0x02;
  message.writeUInt16BE(messageId, 2);
  message.writeUInt32BE(registration, 4);
  message.writeUInt32BE(messageId, 8);
  message[12] = 0xb2;
  message.write("rd", 13, "latin1");
  message[15] = 0x0a;
  message.write(`r${String(registration).padStart(9, "0")}`, 16, "latin1");
  return message;
}
