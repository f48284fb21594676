/** Keeps the widget's traits and what one sees in step: each follows the other. */

import type { Session } from "../state/session.svelte";
import type { ClusterRef } from "../state/types";
import { type Model, hear } from "./model";

/** A trait that both sides write: how the page has it, and what brings it there. */
interface Bond {
  trait: string;
  read: (session: Session) => unknown;
  follow: (session: Session, value: never) => void;
}

const BONDS: readonly Bond[] = [
  {
    trait: "where",
    read: ({ filters }) => filters.where,
    follow: ({ filters }, where: string) => filters.readFrom(where),
  },
  {
    trait: "color",
    read: ({ colors }) => (colors.slug === colors.defaultSlug() ? null : (colors.column?.name ?? null)),
    follow: ({ colors }, name: string | null) => {
      colors.slug = colors.columns.find((column) => column.name === name)?.slug ?? colors.defaultSlug();
    },
  },
  {
    trait: "marked",
    read: ({ selected }) => selected.map((row) => row.row_id),
    follow: (session, ids: number[]) => void session.select(ids).then(() => ids.length > 0 && session.showSelected()),
  },
  {
    trait: "opened",
    read: ({ reading }) => reading.pin?.rowId ?? null,
    follow: (session, rowId: number | null) => void (rowId === null ? session.closeRow() : session.openRow(rowId)),
  },
];

/** A flight asked for by the kernel; `n` counts them, so that one to the same place is another. */
interface Flight extends ClusterRef {
  n: number;
}

export function bind(model: Model, session: Session): () => void {
  const stops: (() => void)[] = [];
  let isOpen = true;
  stops.push(() => (isOpen = false));

  const fly = () => {
    const flight = model.get("_flight") as Partial<Flight>;
    if (flight.n !== undefined) session.flyToCluster(flight as Flight);
  };

  // A filter may name clusters.
  void Promise.all([opened(session), session.clustersCame]).then(() => {
    if (!isOpen) return;
    for (const { trait, read, follow } of BONDS) {
      const take = () => {
        const value = model.get(trait) ?? null;
        if (!isSame(value, read(session))) follow(session, value as never);
      };
      take();
      stops.push(hear(model, `change:${trait}`, take), tell(model, trait, () => read(session)));
    }
    fly();
    stops.push(hear(model, "change:_flight", fly));
  });
  return () => stops.forEach((stop) => stop());
}

/** Writes a trait whenever the page has it otherwise. */
function tell(model: Model, trait: string, read: () => unknown): () => void {
  let isFirst = true;
  return $effect.root(() => {
    $effect(() => {
      const value = read();
      // What the kernel asked for is still on its way to the page.
      const isOld = isFirst;
      isFirst = false;
      if (isOld || isSame(value, model.get(trait) ?? null)) return;
      model.set(trait, value);
      model.save_changes();
    });
  });
}

/** Resolves when the page has its map and its first look at it. */
function opened(session: Session): Promise<void> {
  return new Promise((resolve) => {
    const stop = $effect.root(() => {
      $effect(() => {
        if (session.phase === "loading" || session.phase === "error") return;
        resolve();
        queueMicrotask(() => stop());
      });
    });
  });
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
