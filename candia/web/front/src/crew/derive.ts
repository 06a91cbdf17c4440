/** What follows from field events, by the same rules as the city's (candia/operations/work/field_events.py). */

export type Kind =
  | "start"
  | "tick"
  | "untick"
  | "note"
  | "hours"
  | "material"
  | "photo"
  | "done"
  | "not_possible"
  | "withdraw";

export interface FieldEvent {
  id: string;
  phone: string;
  sequence: number;
  kind: Kind;
  at: string;
  data: {
    item?: number;
    text?: string;
    minutes?: number;
    what?: string;
    amount?: string;
    photo?: string;
    moment?: string;
    reason?: string;
    of?: string;
  };
}

export interface Work {
  begun: boolean;
  ticked: Set<number>;
  minutes: number;
  /** All that stands, in each phone's order. */
  standing: FieldEvent[];
  /** How it ended, in the last word of each phone. */
  ends: FieldEvent[];
}

export function derive(told: FieldEvent[]): Work {
  const known = new Map(told.map((one) => [one.id, one]));
  const back = new Set<string>();
  for (const one of known.values()) {
    const earlier = one.kind === "withdraw" ? known.get(one.data.of ?? "") : undefined;
    if (earlier && earlier.kind !== "withdraw" && earlier.phone === one.phone) back.add(earlier.id);
  }
  const standing = [...known.values()]
    .filter((one) => one.kind !== "withdraw" && !back.has(one.id))
    .sort((one, other) => one.phone.localeCompare(other.phone) || one.sequence - other.sequence);
  const ticked = new Set<number>();
  const ends: FieldEvent[] = [];
  for (const phone of new Set(standing.map((one) => one.phone))) {
    const own = standing.filter((one) => one.phone === phone);
    const last = new Map(
      own
        .filter((one) => one.kind === "tick" || one.kind === "untick")
        .map((one) => [one.data.item ?? 0, one.kind]),
    );
    for (const [item, kind] of last) if (kind === "tick") ticked.add(item);
    ends.push(...own.filter((one) => one.kind === "done" || one.kind === "not_possible").slice(-1));
  }
  const minutes = standing.reduce(
    (sum, one) => sum + (one.kind === "hours" ? (one.data.minutes ?? 0) : 0),
    0,
  );
  return { begun: known.size > 0, ticked, minutes, standing, ends };
}
