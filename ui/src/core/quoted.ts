/** A sentence of the page in pieces: its own words, and what it quotes. */
export interface Piece {
  text: string;
  isQuote: boolean;
}

/**
 * "renamed “א” to “ב”" → its words and the two names. The data's words may run from the right: they are set apart so
 * that they do not turn what stands beside them. An opening mark without its end quotes nothing.
 */
export function pieces(sentence: string): Piece[] {
  const parts = sentence.split(/(?<=“)([^“”]+)(?=”)/);
  return parts.map((text, place) => ({ text, isQuote: place % 2 === 1 })).filter(({ text }) => text !== "");
}
