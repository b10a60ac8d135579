import { nothing } from "@/lib/format";
import type { RouterOutputs } from "@/lib/trpc";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";

type Light = RouterOutputs["device"]["import"]["firstLights"][number];

const powerWords = { always: "Always on mains", "night-switched": "Mains at night only" } as const;

const columns: readonly { readonly title: string; readonly value: (light: Light) => string | number | undefined }[] = [
  { title: "Endpoint", value: (light) => light.endpoint },
  { title: "Name", value: (light) => light.name },
  { title: "Latitude", value: (light) => light.latitude },
  { title: "Longitude", value: (light) => light.longitude },
  { title: "Street", value: (light) => light.street },
  { title: "District", value: (light) => light.district },
  { title: "Feeder", value: (light) => light.feeder },
  { title: "Cell", value: (light) => light.cell },
  { title: "Model", value: (light) => light.model },
  { title: "Time zone", value: (light) => light.timeZone },
  { title: "Power", value: (light) => light.powerClass && powerWords[light.powerClass] },
];

/** The first lines of a table as they would be stored, so that one sees whether columns and numbers were meant so. */
export function ImportPreview({ lights }: { readonly lights: readonly Light[] }) {
  if (lights.length === 0) return null;
  const told = columns.filter(({ value }) => lights.some((light) => value(light) !== undefined));
  return (
    <div className="overflow-hidden rounded-md border">
      <div className="overflow-x-auto">
        <Table aria-label="First lines">
          <TableHeader>
            <tr>
              <TableHead className="w-20">Line</TableHead>
              {told.map(({ title }) => (
                <TableHead key={title}>{title}</TableHead>
              ))}
            </tr>
          </TableHeader>
          <TableBody>
            {lights.map((light) => (
              <TableRow key={light.line}>
                <TableCell className="tabular-nums">{light.line}</TableCell>
                {told.map(({ title, value }) => (
                  <TableCell key={title} className="whitespace-nowrap">
                    {value(light) ?? nothing}
                  </TableCell>
                ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
      <p className="border-t px-3 py-2 text-xs text-muted-foreground">
        {lights.length === 1 ? "The line as it" : `The first ${lights.length} lines as they`} would be stored. Where
        there is “{nothing}”, a light stays as it is.
      </p>
    </div>
  );
}
