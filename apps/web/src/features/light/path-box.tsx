"use client";
import { type FormEvent, useState } from "react";
import { AttributeFields, attributesToSend } from "@/features/light/attribute-fields";
import { isPath, parsePaths, parseWrites } from "@/features/light/composite-text";
import { type Operation, OperationOutcome, useOperations, verbWords } from "@/features/light/operations";
import type { ObjectNode } from "@/features/light/resource-dialogs";
import { parseTyped, TypeSelect, ValueInput } from "@/features/light/value-input";
import { isWireType, type WireType } from "@/features/light/wire-text";
import { useRefusal } from "@/lib/session";
import { Button } from "@/ui/button";
import { Card, CardContent, CardHeader } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { FormField } from "@/ui/form-field";
import { Input, Textarea } from "@/ui/input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";

type Verb = Operation["verb"];
const verbs = Object.keys(verbWords) as readonly Verb[];
const readingVerbs: ReadonlySet<Verb> = new Set<Verb>([
  "read",
  "discover",
  "observe",
  "cancelObservation",
  "readComposite",
  "observeComposite",
]);
/** Asked about several places in one request, of lights from LwM2M 1.1 on. */
const severalVerbs: ReadonlySet<Verb> = new Set<Verb>(["readComposite", "writeComposite", "observeComposite"]);

/** Any operation on any path, also on resources that nobody described. */
export function PathBox({ tree }: { readonly tree: readonly ObjectNode[] }) {
  const { run, stateOf } = useOperations();
  const [path, setPath] = useState("/3/0");
  const [verb, setVerb] = useState<Verb>("read");
  // What a definition says, until somebody chooses otherwise.
  const [chosenType, setChosenType] = useState<WireType>();
  const definedType = typeIn(tree, path.trim());
  const type = chosenType ?? definedType ?? "string";
  const [text, setText] = useState("");
  const [attributes, setAttributes] = useState({});
  const [problem, setProblem] = useState<{ readonly field: "path" | "value" | "attributes"; readonly text: string }>();
  const [sent, setSent] = useState<string>();
  /** Waits for somebody to say that it is meant. */
  const [asked, setAsked] = useState<Operation>();
  const readRefusal = useRefusal("device.operate.read");
  const writeRefusal = useRefusal("device.operate.write");
  const executeRefusal = useRefusal("device.operate.execute");
  const refusal = refusalFor(verb, { readRefusal, writeRefusal, executeRefusal });
  const state = sent === undefined ? undefined : stateOf(sent);

  // What an earlier request brought does not stand below a problem with this one.
  const refuse = (field: "path" | "value" | "attributes", text: string) => {
    setProblem({ field, text });
    setSent(undefined);
  };
  const send = (operation: Operation) => {
    setSent(operation.path);
    void run(operation);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    const place = path.trim();
    if (verb === "writeComposite") {
      const parsed = parseWrites(text, (at) => typeIn(tree, at));
      if (parsed.kind === "wrong") refuse("value", parsed.problem);
      else send({ verb, path: parsed.writes.map((each) => each.path).join(" "), writes: parsed.writes });
      return;
    }
    // What was observed together ends together.
    if (severalVerbs.has(verb) || (verb === "cancelObservation" && !isPath(place))) {
      const parsed = parsePaths(path);
      if (parsed.kind === "wrong") refuse("path", parsed.problem);
      else send({ verb, path: parsed.paths.join(" ") } as Operation);
      return;
    }
    if (!isPath(place)) {
      refuse("path", "A path looks like /3, /3/0 or /3/0/3.");
      return;
    }
    if (verb === "write") {
      const parsed = parseTyped(type, false, text);
      if (parsed.kind === "wrong") refuse("value", parsed.problem);
      else send({ verb, path: place, value: parsed.value });
    } else if (verb === "execute") {
      setAsked({ verb, path: place, ...(text.trim() ? { arguments: text.trim() } : {}) });
    } else if (verb === "writeAttributes") {
      const filled = attributesToSend(attributes);
      if (filled) send({ verb, path: place, attributes: filled });
      else refuse("attributes", "Fill at least one attribute.");
    } else if (verb === "create") {
      const [object = 0, instance] = place.slice(1).split("/").map(Number);
      send({ verb, path: place, object, ...(instance === undefined ? {} : { instance }), values: [] });
    } else if (verb === "delete") {
      setAsked({ verb, path: place });
    } else {
      send({ verb, path: place });
    }
  };

  return (
    <Card>
      <CardHeader
        title="Operate on a path"
        description="Any object, instance or resource, also those no definition describes."
      />
      <CardContent>
        <form onSubmit={submit} noValidate className="flex flex-col gap-3">
          <div className="flex flex-wrap items-start gap-3">
            {verb === "writeComposite" ? null : (
              <FormField
                label={severalVerbs.has(verb) ? "Paths" : "Path"}
                error={problem?.field === "path" ? problem.text : undefined}
                className={severalVerbs.has(verb) ? "min-w-60 flex-1" : "w-40"}
              >
                <Input
                  value={path}
                  onChange={(event) => {
                    setPath(event.target.value);
                    setChosenType(undefined);
                  }}
                  placeholder={severalVerbs.has(verb) ? "/3/0/3 /4/0/2" : "/3/0"}
                  className="font-mono"
                />
              </FormField>
            )}
            <FormField label="Operation" className="w-48">
              <VerbSelect
                value={verb}
                onChange={(next) => {
                  setVerb(next);
                  setText("");
                  setProblem(undefined);
                }}
              />
            </FormField>
            {verb === "write" ? (
              <>
                <FormField label="Type" className="w-32">
                  <TypeSelect value={type} onChange={setChosenType} />
                </FormField>
                <FormField
                  label="Value"
                  error={problem?.field === "value" ? problem.text : undefined}
                  className="min-w-48 flex-1"
                >
                  <ValueInput type={type} multiple={false} value={text} onChange={setText} />
                </FormField>
              </>
            ) : verb === "execute" ? (
              <FormField label="Arguments" optional className="min-w-48 flex-1">
                <Input value={text} onChange={(event) => setText(event.target.value)} className="font-mono" />
              </FormField>
            ) : null}
            <Button
              type="submit"
              variant="primary"
              className="mt-6"
              busy={state?.kind === "waiting"}
              disabledReason={refusal}
            >
              Send
            </Button>
          </div>
          {verb === "writeComposite" ? (
            <FormField
              label="Values"
              hint="One a line: a path, an equals sign, a value. The light writes all of them or none."
              error={problem?.field === "value" ? problem.text : undefined}
            >
              <Textarea
                value={text}
                onChange={(event) => setText(event.target.value)}
                placeholder={"/3/0/14 = +01:00\n/3416/0/1 = 40"}
                className="font-mono"
              />
            </FormField>
          ) : null}
          {severalVerbs.has(verb) ? (
            <p className="text-xs text-muted-foreground">
              In one request, up to 64 places. For lights that speak LwM2M 1.1 or newer.
            </p>
          ) : null}
          {verb === "writeAttributes" ? (
            <>
              <AttributeFields values={attributes} onChange={setAttributes} />
              {problem?.field === "attributes" ? (
                <p role="alert" className="text-xs text-bad">
                  {problem.text}
                </p>
              ) : null}
            </>
          ) : null}
          <OperationOutcome state={state} path={sent} showReadings />
          <Confirm
            title={`${verbWords[verb]} ${path.trim()}?`}
            description={
              <p>
                {verb === "delete"
                  ? "The light forgets it with all that is in it. This cannot be undone."
                  : "The light does what this resource stands for at once: it may restart, or forget its settings."}
              </p>
            }
            action={verbWords[verb]}
            danger
            open={asked !== undefined}
            onOpenChange={(open) => {
              if (!open) setAsked(undefined);
            }}
            onConfirm={async () => {
              if (asked) send(asked);
            }}
          />
        </form>
      </CardContent>
    </Card>
  );
}

/** The type that the light's definitions give a resource, also one instance of a resource. */
function typeIn(tree: readonly ObjectNode[], path: string): WireType | undefined {
  const [, object, instance, resource] = path.split("/");
  const node = tree
    .find((each) => String(each.object) === object)
    ?.instances.find((each) => String(each.instance) === instance)
    ?.resources.find((each) => String(each.resource) === resource);
  return node !== undefined && isWireType(node.type) ? node.type : undefined;
}

/** Which of the three permissions an operation needs, and why it is refused if so. */
export function refusalFor(
  verb: Verb,
  refusals: {
    readonly readRefusal: string | undefined;
    readonly writeRefusal: string | undefined;
    readonly executeRefusal: string | undefined;
  },
): string | undefined {
  if (verb === "execute") return refusals.executeRefusal;
  return readingVerbs.has(verb) ? refusals.readRefusal : refusals.writeRefusal;
}

function VerbSelect({
  value,
  onChange,
  ...field
}: {
  readonly value: Verb;
  readonly onChange: (verb: Verb) => void;
  readonly id?: string;
}) {
  return (
    <Select value={value} onValueChange={(next) => onChange(next as Verb)}>
      <SelectTrigger {...field}>
        <SelectValue />
      </SelectTrigger>
      <SelectContent>
        {verbs.map((verb) => (
          <SelectItem key={verb} value={verb}>
            {verbWords[verb]}
          </SelectItem>
        ))}
      </SelectContent>
    </Select>
  );
}
