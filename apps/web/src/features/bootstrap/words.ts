import type { RouterOutputs } from "@/lib/trpc";
import type { Tone } from "@/ui/badge";

type BootstrapRow = RouterOutputs["bootstrap"]["history"]["items"][number];

/** How a bootstrap ended, in a word and a sentence. */
export const outcomeWords: Readonly<
  Record<BootstrapRow["outcome"], { readonly label: string; readonly tone: Tone; readonly meaning: string }>
> = {
  finished: { label: "Finished", tone: "good", meaning: "The light took everything." },
  "finished-in-part": {
    label: "Finished in part",
    tone: "wait",
    meaning: "The light refused some of what was written.",
  },
  packed: { label: "Finished", tone: "good", meaning: "The light got everything in one answer." },
  inconsistent: {
    label: "Inconsistent",
    tone: "bad",
    meaning: "The light says that its accounts do not fit together (4.06).",
  },
  "finish-refused": {
    label: "Not accepted",
    tone: "bad",
    meaning: "The light did not accept the end of the bootstrap.",
  },
  silent: { label: "No answer", tone: "lost", meaning: "The light stopped answering." },
  "too-late": { label: "Too late", tone: "lost", meaning: "It was not finished within 247 seconds." },
  replaced: { label: "Asked anew", tone: "idle", meaning: "The light asked again; the newer bootstrap counts." },
  stopped: { label: "Cut off", tone: "idle", meaning: "The server was stopped meanwhile." },
  refused: { label: "Refused", tone: "bad", meaning: "There is no configuration for this light." },
};

export const triggerWords: Readonly<Record<BootstrapRow["trigger"], string>> = {
  request: "asked",
  pack: "asked for all at once",
  server: "begun by the server",
};

export const operationWords: Readonly<Record<BootstrapRow["steps"][number]["operation"], string>> = {
  discover: "Discover",
  delete: "Delete",
  write: "Write",
  read: "Read",
  finish: "Finish",
};
