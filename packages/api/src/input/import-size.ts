/** Characters of one imported table. */
export const importCharactersMax = 20 * 1024 * 1024;
/** Lights in one imported table. */
export const importRowsMax = 100_000;
