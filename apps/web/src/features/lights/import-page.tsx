"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { ImportPreview } from "@/features/lights/import-preview";
import { readCsvFile } from "@/features/lights/read-csv-file";
import { countOf, formatBytes } from "@/lib/format";
import { paths } from "@/lib/paths";
import { useRefusal } from "@/lib/session";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Button, buttonVariants } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { CsvDrop } from "@/ui/csv-drop";
import { ImportCounts, ImportErrors } from "@/ui/import-report";
import { PageFrame } from "@/ui/page-frame";
import { PageHeader } from "@/ui/page-header";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";

type Report = RouterOutputs["device"]["import"];

const columns: readonly { readonly name: string; readonly meaning: string; readonly example: string }[] = [
  { name: "endpoint", meaning: "The name under which the light registers. Needed in every line.", example: "SL-0001" },
  { name: "name", meaning: "What people call it.", example: "Elm Street 4" },
  {
    name: "latitude",
    meaning: "Degrees north, −90 to 90, with a point; between semicolons a comma does as well.",
    example: "52.5501",
  },
  {
    name: "longitude",
    meaning: "Degrees east, −180 to 180, written alike. Only together with latitude.",
    example: "4.0512",
  },
  { name: "street", meaning: "Street.", example: "Elm Street" },
  { name: "district", meaning: "Part of the city.", example: "Old Town" },
  { name: "feeder", meaning: "The cabinet or circuit that powers it.", example: "F-12" },
  { name: "cell", meaning: "The radio cell or gateway it uses.", example: "C-3" },
  { name: "model", meaning: "The product, until the light itself reports it.", example: "LX-200" },
  { name: "timezone", meaning: "Its time zone, by its IANA name.", example: "Europe/Vienna" },
  {
    name: "power",
    meaning: "“Always on mains” (what is taken for a new light) or “Mains at night only”.",
    example: "Mains at night only",
  },
];

const template = `${columns.map(({ name }) => name).join(",")}\n${columns.map(({ example }) => example).join(",")}\n`;

type Step =
  | { readonly kind: "choose"; readonly problem?: string }
  | { readonly kind: "checking"; readonly fileName: string }
  | { readonly kind: "checked"; readonly fileName: string; readonly csv: string; readonly report: Report }
  | { readonly kind: "done"; readonly fileName: string; readonly report: Report };

/** Brings many lights into the inventory at once; nothing is stored before the whole table is right. */
export function ImportPage() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusal = useRefusal("device.import");
  const [step, setStep] = useState<Step>({ kind: "choose" });
  const [problem, setProblem] = useState<string>();
  const check = useMutation(trpc.device.import.mutationOptions());
  const store = useMutation(trpc.device.import.mutationOptions());

  const take = async (file: File) => {
    setProblem(undefined);
    setStep({ kind: "checking", fileName: file.name });
    try {
      const csv = await readCsvFile(file);
      const report = await check.mutateAsync({ csv, dryRun: true });
      setStep({ kind: "checked", fileName: file.name, csv, report });
    } catch (error) {
      setStep({ kind: "choose", problem: error instanceof Error ? error.message : String(error) });
    }
  };
  const importNow = async (csv: string, fileName: string) => {
    setProblem(undefined);
    try {
      const report = await store.mutateAsync({ csv, dryRun: false });
      // Between the check and now somebody else may have changed what it was checked against.
      if (report.errorCount > 0) setStep({ kind: "checked", fileName, csv, report });
      else setStep({ kind: "done", fileName, report });
      await queries.invalidateQueries();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const again = () => {
    setProblem(undefined);
    setStep({ kind: "choose" });
  };

  return (
    <PageFrame className="max-w-5xl">
      <PageHeader
        title="Import lights"
        description="From a table in CSV: where each light stands, before it registers or after."
        crumbs={[{ label: "Lights", href: paths.lights() }]}
      />
      {step.kind === "choose" || step.kind === "checking" ? (
        <Card>
          <CardContent className="pt-4">
            <CsvDrop
              busy={step.kind === "checking"}
              label={step.kind === "checking" ? `Checking ${step.fileName}…` : "Choose a CSV file"}
              refusal={refusal}
              onFile={(file) => void take(file)}
            />
            {step.kind === "choose" && step.problem ? (
              <p role="alert" className="mt-3 text-sm text-bad">
                {step.problem}
              </p>
            ) : null}
          </CardContent>
        </Card>
      ) : null}
      {step.kind === "checked" ? (
        <Card aria-label="Result of the check">
          <CardHeader
            title={step.report.errorCount > 0 ? `${step.fileName} has errors` : `${step.fileName} can be imported`}
            description="This was a trial: nothing is stored yet."
          />
          <CardContent className="flex flex-col gap-4">
            <ImportCounts counts={countsOf(step.report)} />
            {step.report.errorCount > 0 ? (
              <ImportErrors errors={step.report.errors} count={step.report.errorCount} />
            ) : null}
            <ImportPreview lights={step.report.firstLights} />
            {problem ? (
              <p role="alert" className="text-sm text-bad">
                {problem}
              </p>
            ) : null}
            <div className="flex flex-wrap gap-2">
              <Button
                variant="primary"
                busy={store.isPending}
                disabledReason={
                  refusal ??
                  (step.report.errorCount > 0
                    ? "Mend the errors first; nothing of a table with errors is stored."
                    : step.report.created + step.report.updated === 0
                      ? "The inventory says all of this already."
                      : undefined)
                }
                onClick={() => void importNow(step.csv, step.fileName)}
              >
                Import {countOf(step.report.created + step.report.updated, "light")}
              </Button>
              <Button onClick={again} disabled={store.isPending}>
                Choose another file
              </Button>
            </div>
          </CardContent>
        </Card>
      ) : null}
      {step.kind === "done" ? (
        <Card aria-label="Result of the import">
          <CardHeader title={`${step.fileName} was imported`} />
          <CardContent className="flex flex-col gap-4">
            <ImportCounts counts={countsOf(step.report)} />
            <div className="flex flex-wrap gap-2">
              <Link href={paths.lights()} className={buttonVariants({ variant: "primary" })}>
                Go to the lights
              </Link>
              <Link href={paths.map()} className={buttonVariants()}>
                Show on map
              </Link>
              <Button onClick={again}>Import another file</Button>
            </div>
          </CardContent>
        </Card>
      ) : null}
      <ColumnsExplained />
    </PageFrame>
  );
}

const countsOf = (report: Report) =>
  [
    ["Lines", report.rows],
    ["New", report.created],
    ["Changed", report.updated],
    ["Unchanged", report.unchanged],
    ["Errors", report.errorCount],
  ] as const;

function ColumnsExplained() {
  return (
    <Card>
      <CardHeader
        title="Columns"
        description={`A header line, then a light a line; comma or semicolon, UTF-8, at most ${formatBytes(20_000_000)}. The columns may stand in any order; what is empty is left as it is.`}
        action={
          <a
            href={`data:text/csv;charset=utf-8,${encodeURIComponent(template)}`}
            download="lights-template.csv"
            className={buttonVariants({ size: "small" })}
          >
            <Download aria-hidden="true" />
            Download template
          </a>
        }
      />
      <Table>
        <TableHeader>
          <tr>
            <TableHead className="pl-4">Column</TableHead>
            <TableHead>Meaning</TableHead>
            <TableHead>Example</TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {columns.map(({ name, meaning, example }) => (
            <TableRow key={name}>
              <TableCell className="pl-4 font-mono text-xs">{name}</TableCell>
              <TableCell>{meaning}</TableCell>
              <TableCell className="font-mono text-xs">{example}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Card>
  );
}
