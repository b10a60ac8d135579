"use client";
import { Cpu } from "lucide-react";
import Link from "next/link";
import { useMemo } from "react";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { stackVersions, type VersionCount } from "@/features/overview/stack-versions";
import { formatCount } from "@/lib/format";
import { lightsWhere } from "@/lib/lights-query";
import { paths } from "@/lib/paths";
import { EmptyState } from "@/ui/empty-state";

const colours = [1, 2, 3, 4, 5, 6].map((index) => `var(--chart-${index})`);
const limits = { modelsMax: colours.length, rowsMax: 10 };
const rowPixels = 34;

/** Which firmware versions the lights run, stacked by model; the versions beside it lead to their lights. */
export function VersionChart({ versions }: { readonly versions: readonly VersionCount[] }) {
  const { models, rows, hiddenRows } = useMemo(() => stackVersions(versions, limits), [versions]);
  const data = useMemo(
    () =>
      rows.map((row) => ({
        version: row.version === "" ? "Unknown" : row.version,
        ...Object.fromEntries(row.lights.map((lights, model) => [`model${model}`, lights])),
      })),
    [rows],
  );
  if (rows.length === 0) {
    return (
      <EmptyState icon={Cpu} title="No version is known yet" className="py-8">
        It is read from each light when it registers.
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <ul aria-label="Models" className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-foreground">
        {models.map((model, index) => (
          <li key={model} className="flex items-center gap-1.5">
            <span className="size-2.5 rounded-sm" style={{ background: colours[index] }} aria-hidden="true" />
            {model === "" ? "Unknown model" : model}
          </li>
        ))}
      </ul>
      <div className="grid grid-cols-[auto_1fr] gap-x-3">
        <ol aria-label="Versions" className="flex flex-col">
          {rows.map((row) => (
            <li key={row.version} className="flex items-center justify-between gap-3" style={{ height: rowPixels }}>
              <Link
                href={paths.lights(lightsWhere("firmwareVersion", row.version))}
                className="max-w-32 truncate text-sm font-medium hover:underline"
              >
                {row.version === "" ? "Unknown" : row.version}
              </Link>
              <span className="text-xs text-muted-foreground tabular-nums">
                {formatCount(row.total)}
                <span className="sr-only"> lights</span>
              </span>
            </li>
          ))}
        </ol>
        <div className="min-w-0" aria-hidden="true">
          <ResponsiveContainer width="100%" height={rows.length * rowPixels}>
            <BarChart
              layout="vertical"
              data={data}
              margin={{ top: 0, right: 4, bottom: 0, left: 0 }}
              barSize={18}
              accessibilityLayer={false}
            >
              <CartesianGrid horizontal={false} stroke="var(--border)" />
              <XAxis type="number" hide domain={[0, "dataMax"]} />
              <YAxis type="category" dataKey="version" hide />
              <Tooltip
                cursor={{ fill: "var(--surface-muted)" }}
                isAnimationActive={false}
                contentStyle={{
                  background: "var(--surface)",
                  border: "1px solid var(--border)",
                  borderRadius: 6,
                  fontSize: 12,
                  color: "var(--foreground)",
                }}
                itemStyle={{ color: "var(--foreground)", padding: 0 }}
                formatter={(value) => formatCount(Number(value))}
              />
              {models.map((model, index) => (
                <Bar
                  key={model}
                  dataKey={`model${index}`}
                  name={model === "" ? "Unknown model" : model}
                  stackId="lights"
                  fill={colours[index] ?? "var(--chart-6)"}
                  isAnimationActive={false}
                />
              ))}
            </BarChart>
          </ResponsiveContainer>
        </div>
      </div>
      {hiddenRows > 0 ? (
        <p className="text-xs text-muted-foreground">
          {formatCount(hiddenRows)} rarer {hiddenRows === 1 ? "version is" : "versions are"} not shown;{" "}
          <Link href={paths.lights()} className="text-lamp hover:underline">
            filter the lights
          </Link>{" "}
          to see them.
        </p>
      ) : null}
    </div>
  );
}
