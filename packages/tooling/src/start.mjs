// `npm start`: sets up what is missing, builds the console, and hands over to the server, which starts the rest.
import { asProgram, buildConsole, runProgram, setup } from "./setup.mjs";

await asProgram(async () => {
  await setup();
  await buildConsole();
  const wishes = process.argv.slice(2);
  const demo = wishes.some((wish) => wish === "--demo" || wish === "--no-demo") ? [] : ["--demo"];
  return await runProgram(["apps/server/src/main.ts", ...demo, ...wishes]);
});
