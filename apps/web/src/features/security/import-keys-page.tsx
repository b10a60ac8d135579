"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
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
import { Problem } from "@/ui/problem";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";

type Report = RouterOutputs["security"]["import"];

const columns: readonly { readonly name: string; readonly meaning: string; readonly example: string }[] = [
  { name: "endpoint", meaning: "The name under which the light registers. Needed in every line.", example: "SL-0001" },
  {
    name: "purpose",
    meaning: "“server”, or “bootstrap” for what it proves itself with to the bootstrap server. Server if empty.",
    example: "server",
  },
  {
    name: "mode",
    meaning: "“psk” (pre-shared key), “rpk” (public key), “x509” (certificate) or “no-sec” (in the clear).",
    example: "psk",
  },
  {
    name: "identity",
    meaning: "PSK identity, or the name in the certificate. The endpoint name if empty.",
    example: "SL-0001",
  },
  {
    name: "key",
    meaning: "16 to 64 bytes in hexadecimal or base64; with rpk the public key (SubjectPublicKeyInfo).",
    example: "",
  },
];

const template = `${columns.map(({ name }) => name).join(",")}\n`;

type Step =
  | { readonly kind: "choose"; readonly problem?: string }
  | { readonly kind: "checking"; readonly fileName: string }
  | { readonly kind: "checked"; readonly fileName: string; readonly csv: string; readonly report: Report }
  | { readonly kind: "done"; readonly fileName: string; readonly report: Report };

const countsOf = (report: Report) =>
  [
    ["Lines", report.rows],
    ["New", report.added],
    ["Replaced", report.replaced],
    ["Unchanged", report.unchanged],
    ["Errors", report.errorCount],
  ] as const;

/** Gives many lights what they prove themselves with at once; nothing is stored before the whole table is right. */
export function ImportKeysPage() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const refusal = useRefusal("security.write");
  const [step, setStep] = useState<Step>({ kind: "choose" });
  const [problem, setProblem] = useState<string>();
  const check = useMutation(trpc.security.import.mutationOptions());
  const store = useMutation(trpc.security.import.mutationOptions());

  const take = async (file: File) => {
    setProblem(undefined);
    setStep({ kind: "checking", fileName: file.name });
    try {
      const csv = await readCsvFile(file);
      setStep({
        ...{ kind: "checked", fileName: file.name, csv },
        report: await check.mutateAsync({ csv, dryRun: true }),
      });
    } catch (error) {
      setStep({ kind: "choose", problem: error instanceof Error ? error.message : String(error) });
    }
  };
  const importNow = async (csv: string, fileName: string) => {
    setProblem(undefined);
    try {
      const report = await store.mutateAsync({ csv, dryRun: false });
      // Between the check and now somebody else may have changed what it was checked against.
      setStep(report.errorCount > 0 ? { kind: "checked", fileName, csv, report } : { kind: "done", fileName, report });
      await queries.invalidateQueries(trpc.security.pathFilter());
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
        title="Import keys"
        description="From a table in CSV: what each light proves itself with, before it registers or after."
        crumbs={[{ label: "Security", href: paths.security() }]}
      />
      {step.kind === "choose" || step.kind === "checking" ? (
        <Card>
          <CardContent className="flex flex-col gap-3 pt-4">
            <CsvDrop
              busy={step.kind === "checking"}
              label={step.kind === "checking" ? `Checking ${step.fileName}…` : "Choose a CSV file"}
              refusal={refusal}
              onFile={(file) => void take(file)}
            />
            {step.kind === "choose" && step.problem ? <Problem>{step.problem}</Problem> : null}
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
            {step.report.warningCount > 0 ? (
              <ImportErrors kind="warnings" errors={step.report.warnings} count={step.report.warningCount} />
            ) : null}
            {step.report.replaced > 0 && step.report.errorCount === 0 ? (
              <Problem tone="warning">
                {countOf(step.report.replaced, "light")} will lose what{" "}
                {step.report.replaced === 1 ? "it has" : "they have"} now; connections made with it are cut off.
              </Problem>
            ) : null}
            {problem ? <Problem>{problem}</Problem> : null}
            <div className="flex flex-wrap gap-2">
              <Button
                variant="primary"
                busy={store.isPending}
                disabledReason={
                  refusal ??
                  (step.report.errorCount > 0
                    ? "Mend the errors first; nothing of a table with errors is stored."
                    : step.report.added + step.report.replaced === 0
                      ? "All of this is stored already."
                      : undefined)
                }
                onClick={() => void importNow(step.csv, step.fileName)}
              >
                Import {countOf(step.report.added + step.report.replaced, "credential")}
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
          <CardHeader
            title={`${step.fileName} was imported`}
            description="The keys are stored sealed. Delete the file, or keep it where only you can read it."
          />
          <CardContent className="flex flex-col gap-4">
            <ImportCounts counts={countsOf(step.report)} />
            <div className="flex flex-wrap gap-2">
              <Link href={paths.security()} className={buttonVariants({ variant: "primary" })}>
                Go to security
              </Link>
              <Button onClick={again}>Import another file</Button>
            </div>
          </CardContent>
        </Card>
      ) : null}
      <Card>
        <CardHeader
          title="Columns"
          description={`A header line, then a credential a line; comma or semicolon, UTF-8, at most ${formatBytes(20_000_000)}. The columns may stand in any order.`}
          action={
            <a
              href={`data:text/csv;charset=utf-8,${encodeURIComponent(template)}`}
              download="keys-template.csv"
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
    </PageFrame>
  );
}
