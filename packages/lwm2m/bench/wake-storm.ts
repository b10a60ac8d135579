// Power comes back to a whole district: all its devices register at once, at a server that can take fewer. A line of JSON for each size.
import { wakeStorm } from "../src/testing/wake-storm.ts";

for (const devices of [10_000, 50_000, 100_000]) {
  const storm = { devices, savesUnderWayMax: 5_000, savesPerSecond: 2_000 };
  const begun = process.cpuUsage();
  const figures = await wakeStorm(storm);
  const { user, system } = process.cpuUsage(begun);
  const met = figures.registered === devices && figures.unanswered + figures.otherAnswers + figures.withoutMaxAge === 0;
  const microsecondsPerAnswer = Math.round((user + system) / (figures.created + figures.sentHome));
  process.stdout.write(
    `${JSON.stringify({ bench: "wake storm", ...storm, ...figures, microsecondsPerAnswer, met })}\n`,
  );
  if (!met) process.exitCode = 1;
}
