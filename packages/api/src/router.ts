import { createBootstrap } from "./bootstrap/create.ts";
import { exportBootstrap } from "./bootstrap/export.ts";
import { getBootstrap } from "./bootstrap/get.ts";
import { historyBootstrap } from "./bootstrap/history.ts";
import { listBootstrap } from "./bootstrap/list.ts";
import { removeBootstrap } from "./bootstrap/remove.ts";
import { triggerBootstrap } from "./bootstrap/trigger.ts";
import { updateBootstrap } from "./bootstrap/update.ts";
import { cancelCampaign } from "./campaign/cancel.ts";
import { createCampaign } from "./campaign/create.ts";
import { getCampaign } from "./campaign/get.ts";
import { jobTimelineCampaign } from "./campaign/job-timeline.ts";
import { jobsCampaign } from "./campaign/jobs.ts";
import { listCampaign } from "./campaign/list.ts";
import { pauseCampaign } from "./campaign/pause.ts";
import { previewCampaign } from "./campaign/preview.ts";
import { promoteWaveCampaign } from "./campaign/promote-wave.ts";
import { removeCampaign } from "./campaign/remove.ts";
import { resumeCampaign } from "./campaign/resume.ts";
import { retryFailedCampaign } from "./campaign/retry-failed.ts";
import { startCampaign } from "./campaign/start.ts";
import { stopEverythingCampaign } from "./campaign/stop-everything.ts";
import { timelineCampaign } from "./campaign/timeline.ts";
import { acceptDevice } from "./device/accept.ts";
import { countDevice } from "./device/count.ts";
import { facetsDevice } from "./device/facets.ts";
import { firmwareHistoryDevice } from "./device/firmware-history.ts";
import { getDevice } from "./device/get.ts";
import { importDevice } from "./device/import.ts";
import { jobsDevice } from "./device/jobs.ts";
import { listDevice } from "./device/list.ts";
import { mapPointsDevice } from "./device/map-points.ts";
import { objectsDevice } from "./device/objects.ts";
import { rejectDevice } from "./device/reject.ts";
import { removeDevice } from "./device/remove.ts";
import { removeDemoDevice } from "./device/remove-demo.ts";
import { timelineDevice } from "./device/timeline.ts";
import { updatePlaceDevice } from "./device/update-place.ts";
import { listEvent } from "./event/list.ts";
import { getFirmware } from "./firmware/get.ts";
import { listFirmware } from "./firmware/list.ts";
import { removeFirmware } from "./firmware/remove.ts";
import { updateFirmware } from "./firmware/update.ts";
import { addByQueryGroup } from "./group/add-by-query.ts";
import { addMembersGroup } from "./group/add-members.ts";
import { createGroup } from "./group/create.ts";
import { getGroup } from "./group/get.ts";
import { listGroup } from "./group/list.ts";
import { removeGroup } from "./group/remove.ts";
import { removeMembersGroup } from "./group/remove-members.ts";
import { updateGroup } from "./group/update.ts";
import { eventsLive } from "./live/events.ts";
import { getObjectModel } from "./object-model/get.ts";
import { listObjectModel } from "./object-model/list.ts";
import { removeObjectModel } from "./object-model/remove.ts";
import { uploadObjectModel } from "./object-model/upload.ts";
import { cancelObservationOperation } from "./operation/cancel-observation.ts";
import { observeCompositeOperation, readCompositeOperation } from "./operation/composite.ts";
import { createOperation } from "./operation/create.ts";
import { deleteOperation } from "./operation/delete.ts";
import { discoverOperation } from "./operation/discover.ts";
import { executeOperation } from "./operation/execute.ts";
import { observeOperation } from "./operation/observe.ts";
import { readOperation } from "./operation/read.ts";
import { writeOperation } from "./operation/write.ts";
import { writeAttributesOperation } from "./operation/write-attributes.ts";
import { writeCompositeOperation } from "./operation/write-composite.ts";
import { summaryOverview } from "./overview/summary.ts";
import { router } from "./procedure.ts";
import { cancelQueue } from "./queue/cancel.ts";
import { listQueue } from "./queue/list.ts";
import { disconnectSecurity } from "./security/disconnect.ts";
import { eventsSecurity } from "./security/events.ts";
import { importSecurity } from "./security/import.ts";
import { lightSecurity } from "./security/light.ts";
import { lightsSecurity } from "./security/lights.ts";
import { revokeSecurity } from "./security/revoke.ts";
import { rotateSecurity } from "./security/rotate.ts";
import { setCredentialSecurity } from "./security/set-credential.ts";
import { setNoSecSecurity } from "./security/set-no-sec.ts";
import { summarySecurity } from "./security/summary.ts";
import { meSession } from "./session/me.ts";
import { updateSettings } from "./settings/update.ts";
import { changeSoftware } from "./software/change.ts";
import { installSoftware } from "./software/install.ts";
import { listSoftware } from "./software/list.ts";
import { cancelSoftware, installNowSoftware } from "./software/task.ts";
import { watchTrace } from "./trace/watch.ts";

/** Every procedure there is, by area. */
export const appRouter = router({
  session: router({ me: meSession }),
  settings: router({ update: updateSettings }),
  overview: router({ summary: summaryOverview }),
  device: router({
    list: listDevice,
    get: getDevice,
    count: countDevice,
    mapPoints: mapPointsDevice,
    facets: facetsDevice,
    updatePlace: updatePlaceDevice,
    accept: acceptDevice,
    reject: rejectDevice,
    remove: removeDevice,
    removeDemo: removeDemoDevice,
    import: importDevice,
    timeline: timelineDevice,
    firmwareHistory: firmwareHistoryDevice,
    objects: objectsDevice,
    jobs: jobsDevice,
  }),
  operation: router({
    read: readOperation,
    write: writeOperation,
    execute: executeOperation,
    discover: discoverOperation,
    create: createOperation,
    delete: deleteOperation,
    writeAttributes: writeAttributesOperation,
    observe: observeOperation,
    cancelObservation: cancelObservationOperation,
    readComposite: readCompositeOperation,
    writeComposite: writeCompositeOperation,
    observeComposite: observeCompositeOperation,
  }),
  queue: router({ list: listQueue, cancel: cancelQueue }),
  group: router({
    list: listGroup,
    get: getGroup,
    create: createGroup,
    update: updateGroup,
    remove: removeGroup,
    addMembers: addMembersGroup,
    removeMembers: removeMembersGroup,
    addByQuery: addByQueryGroup,
  }),
  firmware: router({ list: listFirmware, get: getFirmware, update: updateFirmware, remove: removeFirmware }),
  software: router({
    list: listSoftware,
    install: installSoftware,
    installNow: installNowSoftware,
    change: changeSoftware,
    cancel: cancelSoftware,
  }),
  campaign: router({
    preview: previewCampaign,
    create: createCampaign,
    list: listCampaign,
    get: getCampaign,
    jobs: jobsCampaign,
    timeline: timelineCampaign,
    jobTimeline: jobTimelineCampaign,
    start: startCampaign,
    pause: pauseCampaign,
    resume: resumeCampaign,
    cancel: cancelCampaign,
    retryFailed: retryFailedCampaign,
    promoteWave: promoteWaveCampaign,
    remove: removeCampaign,
    stopEverything: stopEverythingCampaign,
  }),
  bootstrap: router({
    list: listBootstrap,
    get: getBootstrap,
    create: createBootstrap,
    update: updateBootstrap,
    remove: removeBootstrap,
    export: exportBootstrap,
    history: historyBootstrap,
    trigger: triggerBootstrap,
  }),
  security: router({
    summary: summarySecurity,
    lights: lightsSecurity,
    light: lightSecurity,
    events: eventsSecurity,
    setCredential: setCredentialSecurity,
    rotate: rotateSecurity,
    revoke: revokeSecurity,
    import: importSecurity,
    setNoSec: setNoSecSecurity,
    disconnect: disconnectSecurity,
  }),
  objectModel: router({
    list: listObjectModel,
    get: getObjectModel,
    upload: uploadObjectModel,
    remove: removeObjectModel,
  }),
  trace: router({ watch: watchTrace }),
  live: router({ events: eventsLive }),
  event: router({ list: listEvent }),
});
export type AppRouter = typeof appRouter;
