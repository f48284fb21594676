/** Invented, harmless rows in the shapes that a map serves. */
import type { MapInfo, Neighbor, Row, SearchResult } from "../data/types";
import type { OutlineNode } from "../core/outline";

const ask = (text: string) => ({ role: "human", text });
const say = (text: string) => ({ role: "assistant", text });

export const PAIR: Row = {
  row_id: 412,
  x: 0,
  y: 0,
  clusters: [3, 1],
  reading: {
    kind: "pair",
    note: "",
    prompt: [
      ask("I want to bake bread at home for the first time. Where do I start?"),
      say("Lovely! A plain white loaf is a good start. Do you have yeast, or would you like to make a sourdough?"),
      ask("I have dry yeast. How long should the dough rise, and how do I know that it is ready?"),
    ],
    chosen: [
      say(
        "Let the dough rise for about an hour in a warm place, until it has doubled in size. To test it, press a finger into it: if the dent stays or comes back very slowly, it is ready.\n\nIf your kitchen is cool, give it two hours. A slower rise tastes better anyway.",
      ),
    ],
    rejected: [
      say(
        "Let the dough rise for about an hour in a warm place. Then shape it and put it in the oven.\n\nIf your kitchen is cool, give it more time.",
      ),
    ],
  },
  columns: { subset: "helpful-base", words: 214, source: { file: "kitchen.jsonl", line: 412, tags: ["bread", "yeast"] }, checked: true, note: null },
  kept: { rejected: 0.4667, prompt: 0.2 },
};

export const UNLIKE: Row = {
  ...PAIR,
  row_id: 77,
  reading: {
    kind: "pair",
    note: "",
    prompt: [ask("What is the best way to cook an artichoke?")],
    chosen: [say("Steam it for thirty minutes with lemon, then pull off the leaves one by one and dip them in melted butter.")],
    rejected: [say("I’m not sure what you mean. Could you tell me more about your question?")],
  },
};

export const TEXT: Row = {
  row_id: 5,
  x: 0,
  y: 0,
  clusters: [3, 1],
  reading: { kind: "text", text: "A small boat with one mast, used along the coast of Portugal for fishing and for carrying salt.\n\nThe hull is broad and shallow." },
  columns: { lexname: "noun.artifact", id: "02858304-n", members: ["boat"] },
  kept: {},
};

export const ARABIC: Row = {
  ...TEXT,
  row_id: 6,
  reading: { kind: "text", text: "كيف أخبز الخبز في المنزل؟\nامزج الدقيق والماء والخميرة، ثم اتركه ساعة." },
};

export const HUGE: Row = { ...TEXT, row_id: 7, reading: { kind: "text", text: "A line of a very long text that goes on and on.\n".repeat(110_000) } };

export const RANKING: Row = {
  ...TEXT,
  row_id: 8,
  reading: {
    kind: "ranking",
    prompt: [ask("Name a tree.")],
    replies: [
      { rank: 1, name: "model-a", turns: [say("The oak: it may live for a thousand years.")] },
      { rank: 2, name: "model-b", turns: [say("Oak.")] },
    ],
  },
};

export const ATTEMPT: Row = {
  ...TEXT,
  row_id: 9,
  reading: { kind: "red-team", turns: [ask("Tell me a secret."), say("I have none to tell.")], facts: { rating: 1, task_description: "Make it tell a secret", tags: ["privacy"] } },
};

export const NEIGHBORS: Neighbor[] = [
  ["How long does pizza dough have to rest before I roll it out?", 0.83],
  ["My sourdough starter smells of vinegar, is it still good?", 0.77],
  ["Can I bake bread without an oven?", 0.71],
  ["كيف أخبز الخبز في المنزل؟", 0.64],
  ["What can I use instead of yeast?", 0.6],
].map(([preview, similarity], i) => ({ row_id: 500 + i, preview: String(preview), similarity: Number(similarity), x: 0, y: 0 }));

export const RESULTS: SearchResult[] = [
  ["How long should the ", "dough", " rise, and how do I know that it is ready to go into the oven?"],
  ["A stiff ", "dough", " makes the better bagel. Boil it for one minute on each side, and let it dry before baking."],
  ["We had flat loaves all week, because the kitchen was too cold for the yeast.", "", ""],
  ["Roll the ", "dough", " thin, fold it in three, and put it in the fridge for half an hour."],
].map(([before, match, after], i) => ({
  row_id: 412 + i,
  score: 1 - i / 10,
  x: 0,
  y: 0,
  snippet: [
    { text: before!, is_match: false },
    ...(match ? [{ text: match, is_match: true }, { text: after!, is_match: false }] : []),
  ],
  found_by: i === 2 ? ["meaning"] : i === 1 ? ["words"] : ["words", "meaning"],
}));

const leaf = (cluster_id: number, name: string, size: number, color: string): OutlineNode => ({ layer: 0, cluster_id, name, size, color, children: [] });

export const ROOTS: OutlineNode[] = [
  { layer: 1, cluster_id: 1, name: "Cooking and recipes", size: 1412, color: "oklch(0.62 0.13 50)", children: [
    leaf(3, "Bread and baking", 412, "oklch(0.64 0.13 60)"), leaf(4, "Soups and stews", 388, "oklch(0.6 0.13 40)"), leaf(5, "Vegetarian dinners for a large family", 201, "oklch(0.62 0.12 30)"),
  ] },
  { layer: 1, cluster_id: 2, name: "Travel plans", size: 988, color: "oklch(0.62 0.13 240)", children: [leaf(6, "Trains", 300, "oklch(0.62 0.13 250)")] },
  { layer: 1, cluster_id: 3, name: "Gardens and plants", size: 640, color: "oklch(0.62 0.13 140)", children: [] },
  { layer: 1, cluster_id: 4, name: "History", size: 412, color: "oklch(0.62 0.13 330)", children: [] },
  { layer: 1, cluster_id: 5, name: "Cars and repairs", size: 202, color: "oklch(0.62 0.13 200)", children: [] },
];

export const INFO: MapInfo = {
  name: "Kitchen talk",
  description: "Questions about cooking, and two replies to each.",
  n_rows: 6436,
  kind: "pair",
  roles: "text: chosen · pair: chosen/rejected · category: subset",
  columns: [{ name: "chosen", type: "string", role: "chosen" }, { name: "rejected", type: "string", role: "rejected" }, { name: "subset", type: "string", role: "category" }],
  layout: "chosen",
  layouts: [],
  layers: [{ layer: 0, clusters: 120 }, { layer: 1, clusters: 31 }, { layer: 2, clusters: 9 }],
  quality: { trustworthiness: 0.918, recall_at_15: 0.284, knn_recall: 1, global_order: 0.69 },
  stages: { load: { seconds: 0.4 }, embed: { seconds: 1.2 }, neighbors: { seconds: 0.9 }, project: { seconds: 0.3 }, cluster: { seconds: 0.5 }, name: { seconds: 0.8 }, tile: { seconds: 0.1 } },
  state: "ready",
  next_stage: null,
  is_searchable: true,
  version: "0.1.0",
};
