/** The quality figures of a map in plain words. */
import { number, percent } from "./format";

export interface Figure {
  name: string;
  shown: string;
  /** What the figure says, to someone who has never heard of it. */
  meaning: string;
}

const KNOWN: Record<string, { name: string; meaning: string }> = {
  trustworthiness: {
    name: "Neighbours that belong",
    meaning:
      "Of rows drawn close together, how far they are close in meaning too. 100 % would be a map without any false neighbour.",
  },
  recall_at_15: {
    name: "Nearest 15 kept",
    meaning:
      "Share of a row's 15 most similar rows that are also its 15 nearest on the map. Two dimensions cannot keep most of them: 20 to 30 % is good.",
  },
  knn_recall: {
    name: "Similar rows found",
    meaning: "Share of the truly nearest rows, in meaning, that the fast search for neighbours found.",
  },
  global_order: {
    name: "Order of far regions",
    meaning: "How far regions that are far apart on the map are far apart in meaning. 1 is perfect, 0 is chance.",
  },
  label_accuracy: {
    name: "Categories told by place",
    meaning: "How often a row's category is right when guessed from its 10 nearest rows on the map.",
  },
  share_in_layer_0: {
    name: "Rows in a topic",
    meaning: "Share of rows that belong to one of the finest topics. The others have no text.",
  },
};

// Each layer has its share; the finest speaks for all.
const LEFT_OUT = /^share_in_layer_[1-9]/;
const NOT_SHARES = new Set(["global_order"]);

/** Figures for reading, the known ones first; unknown numbers keep their own name. Values that are no numbers are left out. */
export function figures(quality: Record<string, unknown>): Figure[] {
  const order = Object.keys(KNOWN);
  const rank = (key: string) => (key in KNOWN ? order.indexOf(key) : order.length);
  return Object.entries(quality)
    .filter((entry): entry is [string, number] => typeof entry[1] === "number" && Number.isFinite(entry[1]))
    .filter(([key]) => !LEFT_OUT.test(key))
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([key, value]) => ({
      name: KNOWN[key]?.name ?? key.replaceAll("_", " "),
      shown: key in KNOWN && !NOT_SHARES.has(key) ? percent(value) : number(value),
      meaning: KNOWN[key]?.meaning ?? "",
    }));
}

/** The stages that have taken time, in the order given: [name, seconds]. */
export function stageTimes(stages: Record<string, unknown>): [string, number][] {
  return Object.entries(stages).flatMap(([name, stage]) => {
    const seconds = typeof stage === "number" ? stage : (stage as { seconds?: unknown } | null)?.seconds;
    return typeof seconds === "number" ? [[name, seconds] as [string, number]] : [];
  });
}

/** What sides of pairs are of rankings. */
const OF_RANKING: Record<string, string> = { chosen: "best reply", rejected: "worst reply" };

/** What a map of pairs is laid out by ("chosen", "prompt" …); null where there is nothing to choose from. */
export function laidOutBy({ kind, stages }: { kind: string; stages: Record<string, unknown> }): string | null {
  const layout = (stages["embed"] as { layout?: unknown } | undefined)?.layout;
  if (typeof layout !== "string") return null;
  return kind === "pair" ? layout : kind === "ranking" ? (OF_RANKING[layout] ?? layout) : null;
}

const MEANT: Record<string, string> = {
  chosen: "prompts and chosen replies",
  rejected: "prompts and rejected replies",
  prompt: "prompts",
};

/** In which texts of pairs a search by meaning looks: those that laid the map out; "" where that goes without saying. */
export function meantTexts(info: { kind: string; stages: Record<string, unknown> }): string {
  return info.kind === "pair" ? (MEANT[laidOutBy(info) ?? ""] ?? "") : "";
}
