import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm";
import pg from "pg";
import { readSchema } from "./migration-files.ts";

/** Nothing is kept out of Prisma's sight. */
export const noFilters = { externalTables: [], externalEnums: [] };

/**
 * Prisma's own migration engine, as WebAssembly, on our database driver; it runs where its binary cannot be had.
 *
 * `work` gets the engine; afterwards engine and connections are gone.
 */
export async function withSchemaEngine<T>(url: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  const pool = describablePool(url);
  const { path, content } = readSchema();
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(wholeScripts(url, pool));
    const Engine = await loadEngine();
    const engine = await Engine.new({ datamodels: [[path, content]] }, () => {}, factory);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

let loaded: Promise<typeof SchemaEngine> | undefined;

/**
 * Loads the engine by hand and only when there is something to do: the package's own entry imports WebAssembly as a
 * module, for which Node prints a warning, and five megabytes are not worth it for a start that migrates nothing.
 */
function loadEngine(): Promise<typeof SchemaEngine> {
  loaded ??= (async () => {
    const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
    const glue = (await import("@prisma/schema-engine-wasm/schema_engine_bg")) as unknown as EngineGlue;
    const bytes = readFileSync(join(dirname(entry), "schema_engine_bg.wasm"));
    const { instance } = await wasm.instantiate(bytes, { "./schema_engine_bg.js": glue });
    glue.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start();
    return glue.SchemaEngine;
  })();
  return loaded;
}

interface EngineGlue {
  readonly __wbg_set_wasm: (exports: EngineExports) => void;
  readonly SchemaEngine: typeof SchemaEngine;
}

interface EngineExports {
  readonly __wbindgen_start: () => void;
}

/** The one function needed of a global that the compiler knows only together with the browser's whole library. */
const wasm = (globalThis as unknown as { WebAssembly: WasmGlobal }).WebAssembly;

interface WasmGlobal {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: EngineExports } }>;
}

/**
 * Sends each script to PostgreSQL in one piece: all of it happens or nothing does, and a semicolon inside a string is
 * a semicolon. The adapter itself would cut it at every semicolon and run the pieces one by one. It would also take
 * the main database for its shadow when it was given an address, so the shadow database is made here.
 */
function wholeScripts(url: string, pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool);
  const wrap = (adapter: SqlDriverAdapter, on: pg.Pool) => {
    adapter.executeScript = (script) => runScript(on, script);
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (asked) => {
      const result = await queryRaw(asked);
      for (const at of characterColumns.get(result.rows) ?? []) result.columnTypes[at] = ColumnTypeEnum.Character;
      return result;
    };
    return adapter;
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => wrap(await factory.connect(), pool),
    connectToShadowDb: async () => {
      const name = `lamplighter_shadow_${randomBytes(6).toString("hex")}`;
      await pool.query(`CREATE DATABASE "${name}"`);
      const address = Object.assign(new URL(url), { pathname: `/${name}` }).href;
      const shadow = describablePool(address);
      const adapter = await new PrismaPg(shadow).connect();
      adapter.dispose = async () => {
        await shadow.end();
        await pool.query(`DROP DATABASE "${name}" WITH (FORCE)`);
      };
      return wrap(adapter, shadow);
    },
  };
}

/** PostgreSQL's one-byte type "char", which its catalogue uses and the adapter does not know. */
const singleCharacter = 18;

/** Which columns of a result were of that type, by the result's rows. */
const characterColumns = new WeakMap<object, readonly number[]>();

function describablePool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 2 });
  // A lost idle connection is reported by the next query; without a listener it would end the process.
  pool.on("error", () => {});
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>;
  const relabelled = async (...args: unknown[]) => {
    const result = await query(...args);
    const found = (result.fields ?? []).flatMap((field, at) => (field.dataTypeID === singleCharacter ? [at] : []));
    for (const at of found) result.fields[at]!.dataTypeID = pg.types.builtins.TEXT;
    if (found.length > 0) characterColumns.set(result.rows, found);
    return result;
  };
  return Object.assign(pool, { query: relabelled as typeof pool.query });
}

async function runScript(pool: pg.Pool, script: string): Promise<void> {
  try {
    await pool.query(script);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new DriverAdapterError({
      kind: "postgres",
      code: error.code ?? "XX000",
      severity: error.severity ?? "ERROR",
      message: error.message,
      detail: error.detail,
      column: error.column,
      hint: error.hint,
    });
  }
}
