import type { TraceMessageView } from "@lamplighter/api/trace/view";
import { EyeOff } from "lucide-react";
import { countOf, nothing } from "@/lib/format";

const formatWords: Readonly<Record<number, string>> = {
  0: "text",
  40: "links",
  42: "opaque",
  60: "CBOR",
  110: "SenML JSON",
  112: "SenML CBOR",
  320: "SenML-ETCH JSON",
  322: "SenML-ETCH CBOR",
  11542: "TLV",
  11543: "JSON",
  11544: "LwM2M CBOR",
};

/** One message with its payload taken apart. */
export function TraceMessage({ title, message }: { readonly title: string; readonly message: TraceMessageView }) {
  const { type, code, messageId, contentFormat, observe, payloadBytes } = message;
  const facts = [
    `${type} ${code}`,
    `message ${messageId}`,
    observe === null ? undefined : `observe ${observe}`,
    contentFormat === null ? undefined : `${formatWords[contentFormat] ?? "format"} (${contentFormat})`,
    payloadBytes === 0 ? undefined : countOf(payloadBytes, "byte"),
  ];
  return (
    <section aria-label={title} className="min-w-0">
      <h3 className="text-xs font-medium text-muted-foreground">{title}</h3>
      <p className="mt-0.5 text-xs break-words">{facts.filter(Boolean).join(" · ")}</p>
      <Payload payload={message.payload} />
    </section>
  );
}

function Payload({ payload }: { readonly payload: TraceMessageView["payload"] }) {
  const box = "mt-1.5 max-h-72 overflow-auto rounded-md border bg-surface p-2 font-mono text-xs";
  switch (payload.kind) {
    case "empty":
      return null;
    case "hidden":
      return (
        <p className="mt-1.5 flex items-center gap-1.5 text-xs text-muted-foreground">
          <EyeOff className="size-3.5 shrink-0" aria-hidden="true" /> Not shown. {payload.why}
        </p>
      );
    case "hex":
      return (
        <>
          <p className="mt-1.5 text-xs text-muted-foreground">{payload.why}</p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard */}
          <pre tabIndex={0} className={`${box} whitespace-pre-wrap`}>
            {payload.hex}
            {payload.more ? " …" : ""}
          </pre>
        </>
      );
    case "text":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard
        <pre tabIndex={0} className={`${box} break-all whitespace-pre-wrap`}>
          {payload.text}
          {payload.more ? " …" : ""}
        </pre>
      );
    case "values":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard
        <div tabIndex={0} className={box}>
          <table>
            <caption className="sr-only">Values</caption>
            <tbody>
              {payload.values.map(({ path, name, value }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a path may be there at several moments
                <tr key={at} className="align-top">
                  <th scope="row" className="pr-3 text-left font-normal whitespace-nowrap text-muted-foreground">
                    {path}
                  </th>
                  <td className="pr-3 font-sans">{name ?? nothing}</td>
                  <td className="break-all">
                    {value ?? <span className="text-muted-foreground">not shown (secret)</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {payload.more ? <p className="text-muted-foreground">… and more</p> : null}
        </div>
      );
  }
}
