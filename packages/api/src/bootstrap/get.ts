import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import { type BootstrapConfigurationView, configurationView } from "./view.ts";

export const getBootstrap = needs("bootstrap.read")
  .input(z.object({ id }))
  .query(({ ctx: { db }, input }): Promise<BootstrapConfigurationView> => configurationView(db, input.id));
