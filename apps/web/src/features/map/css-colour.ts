/**
 * The value of a design token as the map's renderer understands it. Tokens are written in OKLCH; the renderer knows sRGB only,
 * so the browser's own canvas converts them.
 */
export function cssColour(token: string): string {
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return "#888888";
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(token).trim() || "#888888";
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red},${green},${blue})`;
}
