/** What a map that is being made is doing, in words. */

const WORDS: Record<string, string> = {
  load: "Reading the rows",
  embed: "Reading what the texts mean",
  neighbors: "Finding similar texts",
  project: "Laying out the map",
  tile: "Drawing the map",
  cluster: "Finding topics",
  name: "Naming topics",
  "tile-clusters": "Colouring topics",
  quality: "Measuring the map",
  index: "Preparing the search",
};
const ORDER = Object.keys(WORDS);

/** "Naming topics"; null where nothing is being made. */
export function makingWords(nextStage: string | null): string | null {
  return nextStage === null ? null : (WORDS[nextStage] ?? "Making the map");
}

/** Which step of how many the stage is, from 1; null for a stage unknown here. */
export function makingStep(nextStage: string | null): { step: number; of: number } | null {
  const place = nextStage === null ? -1 : ORDER.indexOf(nextStage);
  return place < 0 ? null : { step: place + 1, of: ORDER.length };
}
