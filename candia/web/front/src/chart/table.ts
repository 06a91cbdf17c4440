/** Reads a chart's data out of the table that it draws: times down the first column, one series in each further one. */

/** What a column tells: what was observed, or the middle and the ends of what was foretold. */
export type Role = "" | "middle" | "low" | "high";

export interface Series {
  title: string;
  role: Role;
  values: (number | null)[];
}

export interface Data {
  title: string;
  /** seconds since 1970, ascending */
  times: number[];
  series: Series[];
}

export function read(table: HTMLTableElement): Data {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].slice(1, 5);
  const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
  const read = rows
    .map((row) => ({ time: timeOf(row.cells[0]), values: heads.map((_, i) => numberOf(row.cells[i + 1])) }))
    .filter((row) => Number.isFinite(row.time))
    .sort((a, b) => a.time - b.time);
  return {
    title: table.caption?.textContent?.trim() ?? "",
    times: read.map((row) => row.time),
    series: heads.map((head, i) => ({
      title: head.textContent?.trim() ?? "",
      role: (head.dataset.role ?? "") as Role,
      values: read.map((row) => row.values[i] ?? null),
    })),
  };
}

function timeOf(cell: HTMLTableCellElement | undefined): number {
  const stamp = cell?.querySelector("time")?.getAttribute("datetime") ?? "";
  return Date.parse(stamp) / 1000;
}

function numberOf(cell: HTMLTableCellElement | undefined): number | null {
  const text = cell?.querySelector("data")?.getAttribute("value") ?? "";
  const value = Number(text);
  return text === "" || !Number.isFinite(value) ? null : value;
}
