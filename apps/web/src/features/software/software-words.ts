import {
  Ban,
  CircleCheck,
  CircleDot,
  CirclePlus,
  CircleX,
  Clock,
  Cog,
  Download,
  Eraser,
  Power,
  SearchCheck,
} from "lucide-react";
import type { StatusLook } from "@/lib/status";
import type { RouterOutputs } from "@/lib/trpc";
import { formatBytes, formatPercent, packageTitle } from "../../lib/format";

export type Software = RouterOutputs["software"]["list"];
export type SoftwarePiece = Software["instances"][number];
export type SoftwareTask = Software["tasks"][number];

const checking = { word: "Checking", tone: "busy", icon: SearchCheck } as const;
const making = {
  word: "Making room",
  tone: "busy",
  icon: Eraser,
  meaning: "The light makes ready for the package.",
} as const;
const installing = { word: "Installing", tone: "busy", icon: Cog, meaning: "The light was told to install." } as const;
const removing = {
  word: "Uninstalling",
  tone: "busy",
  icon: Eraser,
  meaning: "The light was told to uninstall.",
} as const;

/** How each phase of a software task looks. What depends on the wish is said by {@link lookOf}. */
const looks: Readonly<Record<SoftwareTask["phase"], StatusLook>> = {
  creating: { word: "Creating", tone: "busy", icon: CirclePlus, meaning: "The light makes a place for the software." },
  examining: {
    ...checking,
    meaning: "Asks the light what it has before anything is changed; waits for it if it is away.",
  },
  clearing: making,
  "confirming-clear": making,
  pushing: { word: "Sending", tone: "busy", icon: Download, meaning: "The package is on its way to the light." },
  offering: {
    word: "Offering",
    tone: "busy",
    icon: Download,
    meaning: "The light is told where to fetch the package.",
  },
  "confirming-delivery": { ...checking, meaning: "The light fetches or checks the package." },
  delivered: {
    word: "Delivered",
    tone: "wait",
    icon: CircleDot,
    meaning: "The package is on the light, not yet installed.",
  },
  installing,
  "confirming-install": installing,
  switching: { word: "Switching", tone: "busy", icon: Power, meaning: "The light was told." },
  "confirming-switch": { word: "Switching", tone: "busy", icon: Power, meaning: "The light was told." },
  uninstalling: removing,
  "confirming-uninstall": removing,
  "waiting-to-retry": { word: "Tries again", tone: "wait", icon: Clock, meaning: "It failed in a way that may pass." },
  succeeded: { word: "Done", tone: "good", icon: CircleCheck, meaning: "The light shows what was asked for." },
  failed: { word: "Failed", tone: "bad", icon: CircleX, meaning: "It ended with an error." },
  cancelled: { word: "Called back", tone: "idle", icon: Ban, meaning: "Called back before it was carried out." },
};

/** How a task looks now: icon, word and tone. */
export function lookOf({ phase, wish, delivery }: Pick<SoftwareTask, "phase" | "wish" | "delivery">): StatusLook {
  const look = looks[phase];
  if (phase === "confirming-delivery" && delivery === "pull") return { ...look, word: "Fetching", icon: Download };
  if (phase !== "switching" && phase !== "confirming-switch") return look;
  return { ...look, word: wish === "deactivate" ? "Deactivating" : "Activating" };
}

/** What a piece of software is called: its own name, or its number. */
export const pieceName = ({ name, instance }: Pick<SoftwarePiece, "name" | "instance">): string =>
  name ?? `Software ${instance}`;

const verbs: Readonly<Record<SoftwareTask["wish"], string>> = {
  install: "Install",
  activate: "Activate",
  deactivate: "Deactivate",
  uninstall: "Uninstall",
  "make-ready": "Make ready",
};

/** What a task does, in a line: `Install Driver 2.0.0 on Luminaire driver`. */
export function sayTask(
  task: Pick<SoftwareTask, "wish" | "package" | "instance">,
  pieces: readonly SoftwarePiece[],
): string {
  const piece = pieceName(pieces.find(({ instance }) => instance === task.instance) ?? { ...task, name: null });
  const { package: image } = task;
  return image ? `${verbs[task.wish]} ${packageTitle(image)} on ${piece}` : `${verbs[task.wish]} ${piece}`;
}

/** How far the package is; undefined while there is nothing to say of it. */
export function sayProgress({ package: image, bytesDone, delivery, phase }: SoftwareTask): string | undefined {
  if (!image || phase === "creating" || phase === "examining" || phase === "waiting-to-retry") return undefined;
  if (bytesDone >= image.bytes) return `${formatBytes(image.bytes)}, all of it there`;
  const way = delivery === "pull" ? "fetched" : "sent";
  return `${formatBytes(bytesDone)} of ${formatBytes(image.bytes)} ${way}, ${formatPercent(bytesDone, image.bytes)}`;
}

/** Whether a package may be installed on lights of this kind. The server says the last word. */
export function isOffered(
  offered: {
    readonly kind: string;
    readonly state: string;
    readonly models: readonly string[];
    readonly hardwareRevisions: readonly string[];
  },
  light: { readonly model: string | null; readonly hardwareRevision: string | null },
): boolean {
  const fits = (given: string | null, allowed: readonly string[]) =>
    allowed.length === 0 || (given !== null && allowed.includes(given));
  return (
    offered.kind === "software" &&
    offered.state !== "revoked" &&
    fits(light.model, offered.models) &&
    fits(light.hardwareRevision, offered.hardwareRevisions)
  );
}
