import { expect, test } from "vitest";
import { lightsWhere } from "./lights-query";
import { paths } from "./paths";

test("the whole map of the console", () => {
  const query = lightsWhere("model", "LC-100", "LC, 200");
  const addresses = {
    overview: paths.overview(),
    signIn: paths.signIn("/campaigns?state=live"),
    welcome: paths.welcome("a+b/c"),
    map: paths.map(query),
    lights: paths.lights(query, { sort: "-lastSeenAt" }),
    light: paths.light("urn:dev/1", "objects"),
    lightsImport: paths.lightsImport(),
    groups: paths.groups(),
    groupNew: paths.groupNew(),
    group: paths.group("g 1"),
    firmware: paths.firmware(),
    firmwareUpload: paths.firmwareUpload(),
    firmwarePackage: paths.firmwarePackage("p1"),
    campaigns: paths.campaigns("finished"),
    campaignNew: paths.campaignNew({ packageId: "p1", groupId: "g1", target: "k1" }),
    campaign: paths.campaign("c1", { states: ["failed", "rolled-back"], wave: 0, failure: "integrity", job: "j1" }),
    bootstrap: paths.bootstrap("history"),
    bootstrapNew: paths.bootstrapNew(),
    bootstrapConfiguration: paths.bootstrapConfiguration("b 1"),
    security: paths.security({ tab: "events", kind: "wrong-key" }),
    securityImport: paths.securityImport(),
    securityLight: paths.securityLight("urn:dev/1"),
    objectModels: paths.objectModels(),
    objectModel: paths.objectModel({ id: 3303, version: "1.1" }),
    settings: paths.settings(),
  } satisfies Record<keyof typeof paths, string>;
  expect(addresses).toMatchInlineSnapshot(`
    {
      "bootstrap": "/bootstrap?tab=history",
      "bootstrapConfiguration": "/bootstrap/b%201",
      "bootstrapNew": "/bootstrap/new",
      "campaign": "/campaigns/c1?states=failed%2Crolled-back&wave=0&failure=integrity&job=j1",
      "campaignNew": "/campaigns/new?package=p1&group=g1&target=k1",
      "campaigns": "/campaigns?state=finished",
      "firmware": "/firmware",
      "firmwarePackage": "/firmware/p1",
      "firmwareUpload": "/firmware/upload",
      "group": "/groups/g%201",
      "groupNew": "/groups/new",
      "groups": "/groups",
      "light": "/lights/urn%3Adev%2F1?tab=objects",
      "lights": "/lights?model=LC-100&model=LC%2C+200&sort=-lastSeenAt",
      "lightsImport": "/lights/import",
      "map": "/map?model=LC-100&model=LC%2C+200",
      "objectModel": "/object-models/3303/1.1",
      "objectModels": "/object-models",
      "overview": "/",
      "security": "/security?tab=events&kind=wrong-key",
      "securityImport": "/security/import",
      "securityLight": "/security/light/urn%3Adev%2F1",
      "settings": "/settings",
      "signIn": "/sign-in?next=%2Fcampaigns%3Fstate%3Dlive",
      "welcome": "/welcome?token=a%2Bb%2Fc",
    }
  `);
});

test("what is not said is not in the address", () => {
  expect(paths.campaign("c1")).toBe("/campaigns/c1");
  expect(paths.lights()).toBe("/lights");
  expect(paths.campaignNew({ packageId: "" })).toBe("/campaigns/new");
});
