import type { SoftwareStore } from "@lamplighter/campaigns/software/software-task";
import type { LiveFeed } from "./feed.ts";

/** A store of software tasks that tells the live feed which light moved, after it was stored. */
export function watchedSoftwareStore(store: SoftwareStore, live: Pick<LiveFeed, "note">): SoftwareStore {
  return {
    unfinished: () => store.unfinished(),
    async add(task, happening) {
      const added = await store.add(task, happening);
      if (added === "added") live.note({ kind: "device", deviceId: task.deviceId });
      return added;
    },
    async save(task, happening) {
      const saved = await store.save(task, happening);
      if (saved) live.note({ kind: "device", deviceId: task.deviceId });
      return saved;
    },
  };
}
