/** Colours of the ground and the marks, as the graphics card wants them: 0 … 1. The same as in styles/tokens.css. */

import type { Ground } from "../core/palette";

export interface Tones {
  paper: [number, number, number];
  ink: [number, number, number];
  accent: [number, number, number];
  /** What the land is tinted with, and how strongly at its densest. */
  land: [number, number, number];
  landStrength: number;
  landLine: number;
}

function hex(color: string): [number, number, number] {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255) as [number, number, number];
}

export const TONES: Record<Ground, Tones> = {
  light: {
    paper: hex("#faf8f4"),
    ink: hex("#1f2428"),
    accent: hex("#1d5c7a"),
    land: hex("#c9bc9f"),
    landStrength: 0.5,
    landLine: 0.13,
  },
  dark: {
    paper: hex("#12161a"),
    ink: hex("#e8e6e1"),
    accent: hex("#6bb6d6"),
    land: hex("#4a5c6b"),
    landStrength: 0.42,
    landLine: 0.16,
  },
};
