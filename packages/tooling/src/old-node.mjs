// Imported first, and written so that even a Node from long ago can read it: the other files would only end in a SyntaxError.
const major = Number(process.versions.node.split(".")[0]);
if (major < 18) {
  process.stderr.write(`Node ${process.versions.node} is too old: install Node 18 or newer and start again.\n`);
  process.exit(1);
}
