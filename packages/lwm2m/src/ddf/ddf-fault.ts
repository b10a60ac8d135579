import { MalformedInput } from "../malformed-input.ts";

/** What is wrong with an object definition, where (the first line is 1), and what its author should do. */
export class DdfFault extends MalformedInput {
  readonly line: number | undefined;

  constructor(why: string, line?: number) {
    super("object definition", why);
    this.line = line;
  }

  /** For the person who sent the file: `Line 12: …`. */
  get sentence(): string {
    const sentence = this.why.charAt(0).toUpperCase() + this.why.slice(1);
    return this.line === undefined ? sentence : `Line ${this.line}: ${sentence}`;
  }
}

/** The line of a place in a text. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
