import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";

/** Something wrong in a table: where, and what. */
interface LineError {
  readonly line: number;
  readonly column: string | null;
  readonly message: string;
}

/** What an import would do, or did, in numbers. Errors stand out. */
export function ImportCounts({ counts }: { readonly counts: readonly (readonly [word: string, count: number])[] }) {
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-5">
      {counts.map(([word, count]) => (
        <div key={word} className="rounded-md border px-3 py-2">
          <dt className="text-xs text-muted-foreground">{word}</dt>
          <dd className={cn("text-lg font-semibold tabular-nums", word === "Errors" && count > 0 && "text-bad")}>
            {formatCount(count)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What is wrong with a table, line by line, or not wise. `count` is how many lines there are; not all need be given. */
export function ImportErrors({
  errors,
  count,
  kind = "errors",
}: {
  readonly errors: readonly LineError[];
  readonly count: number;
  readonly kind?: "errors" | "warnings";
}) {
  return (
    <div className="overflow-hidden rounded-md border">
      <div className="max-h-96 overflow-y-auto">
        <Table aria-label={kind === "errors" ? "Errors" : "Warnings"}>
          <TableHeader>
            <tr>
              <TableHead className="w-12 sm:w-20">Line</TableHead>
              <TableHead className="w-20 sm:w-32">Column</TableHead>
              <TableHead>{kind === "errors" ? "What is wrong" : "What is not wise"}</TableHead>
            </tr>
          </TableHeader>
          <TableBody>
            {errors.map((error) => (
              <TableRow key={`${error.line} ${error.column} ${error.message}`}>
                <TableCell className="tabular-nums">{error.line}</TableCell>
                <TableCell className="font-mono text-xs">{error.column ?? ""}</TableCell>
                <TableCell>{error.message}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
      {count > errors.length ? (
        <p className="border-t px-3 py-2 text-xs text-muted-foreground">
          The first {formatCount(errors.length)} of {formatCount(count)} {kind}. The header is line 1.
        </p>
      ) : (
        <p className="border-t px-3 py-2 text-xs text-muted-foreground">The header is line 1.</p>
      )}
    </div>
  );
}
