// Runs one TypeScript program of the workspace on Node 24: `node run.mjs apps/simulator/src/main.ts --lights 10`.
import "./old-node.mjs";

import("./setup.mjs").then(({ asProgram, runProgram, setup }) =>
  asProgram(async () => {
    await setup();
    return await runProgram(process.argv.slice(2));
  }),
);
