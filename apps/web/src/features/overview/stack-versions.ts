/** Lights that run one version of one model. */
export interface VersionCount {
  readonly version: string;
  readonly model: string;
  readonly lights: number;
}

export interface VersionRow {
  readonly version: string;
  readonly total: number;
  /** Lights per model, in the order of `models`. */
  readonly lights: readonly number[];
}

/**
 * Turns counts by version and model into rows of stacks: the most frequent models each get a layer, the others share the last one;
 * rows stand in the order of their size.
 */
export function stackVersions(
  counts: readonly VersionCount[],
  limits: { readonly modelsMax: number; readonly rowsMax: number },
): { readonly models: readonly string[]; readonly rows: readonly VersionRow[]; readonly hiddenRows: number } {
  const perModel = new Map<string, number>();
  for (const { model, lights } of counts) perModel.set(model, (perModel.get(model) ?? 0) + lights);
  const ranked = [...perModel].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([model]) => model);
  const fits = ranked.length <= limits.modelsMax;
  const named = fits ? ranked : ranked.slice(0, limits.modelsMax - 1);
  const models = fits ? named : [...named, otherModels];
  const rows = new Map<string, number[]>();
  for (const { version, model, lights } of counts) {
    const row = rows.get(version) ?? models.map(() => 0);
    const place = named.indexOf(model);
    const layer = place === -1 ? models.length - 1 : place;
    row[layer] = (row[layer] ?? 0) + lights;
    rows.set(version, row);
  }
  const all = [...rows]
    .map(([version, lights]) => ({ version, lights, total: lights.reduce((sum, count) => sum + count, 0) }))
    .sort((a, b) => b.total - a.total || a.version.localeCompare(b.version, undefined, { numeric: true }));
  return { models, rows: all.slice(0, limits.rowsMax), hiddenRows: Math.max(0, all.length - limits.rowsMax) };
}

/** The name of the layer that gathers all models without one of their own. */
export const otherModels = "Other models";
