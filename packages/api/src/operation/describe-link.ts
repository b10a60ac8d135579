import type { CoreLink } from "@lamplighter/lwm2m/link-format";

/** Writes a link as RFC 6690 does: `</3/0/1>;pmin=10`. */
export function describeLink({ target, attributes }: CoreLink): string {
  const parameters = Object.entries(attributes).map(([name, value]) =>
    value === true ? `;${name}` : `;${name}=${value}`,
  );
  return `<${target}>${parameters.join("")}`;
}
