/** Rows of a table as text that other programs read. */

/** As RFC 4180 has it: a line of names, then a line a row. */
export function writeCsv(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [names, ...rows].map((cells) => cells.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function csvCell(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  const text = typeof cell === "object" ? JSON.stringify(cell) : String(cell);
  return /[",\r\n]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A list of objects, one a row. */
export function writeJson(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const objects = rows.map((cells) => Object.fromEntries(names.map((name, place) => [name, cells[place] ?? null])));
  return `${JSON.stringify(objects, null, 1)}\n`;
}
