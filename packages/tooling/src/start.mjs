// `npm start`: sets up what is missing, builds the console, and hands over to the server, which starts the rest.
import "./old-node.mjs";

const usage = `npm start                      sets up what is missing, starts server, console and a simulated town, prints a sign-in link
npm start -- --no-demo         the same without the simulated town: the first administrator comes in by the link
npm start -- --no-console      no console, only the server
npm start -- --no-bootstrap    no bootstrap server
npm start -- --only bootstrap  the bootstrap server alone

Ports, addresses and folders are set by LAMPLIGHTER_… variables: see packages/handbook/OPERATIONS.md.
`;

Promise.all([import("./setup.mjs"), import("./taken-port.mjs")]).then(([tools, { refuseTakenPort }]) =>
  tools.asProgram(async () => {
    const { buildConsole, runProgram, setup } = tools;
    const wishes = process.argv.slice(2);
    if (wishes.includes("--help") || wishes.includes("-h")) return void process.stdout.write(usage);
    // Without a front door there is no console to build either.
    const hasFrontDoor = !wishes.includes("--only") && !wishes.includes("--only=bootstrap");
    if (hasFrontDoor) await refuseTakenPort();
    await setup();
    if (hasFrontDoor) await buildConsole();
    const demo = wishes.some((wish) => wish === "--demo" || wish === "--no-demo") ? [] : ["--demo"];
    return await runProgram(["apps/server/src/main.ts", ...demo, ...wishes]);
  }),
);
