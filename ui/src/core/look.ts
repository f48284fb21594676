/** How the map is drawn to one's taste: factors on what the page finds by itself. */

import type { PaletteName } from "./palette";
import type { RampName } from "./ramps";

export interface Look {
  /** Factors on size and opacity of points. */
  size: number;
  opacity: number;
  /** Strength of the shading under the points, and of the lines of equal density over them; 0: none. */
  land: number;
  contours: number;
  /** How many names: 0 none, 1 as usual. */
  names: number;
  palette: PaletteName;
  ramp: RampName;
}

export const USUAL_LOOK: Look = { size: 1, opacity: 1, land: 1, contours: 0, names: 1, palette: "portolan", ramp: "auto" };

/** Lowest and highest of each factor. */
export const LOOK_RANGES = {
  size: [0.4, 3],
  opacity: [0.2, 3],
  land: [0, 2],
  contours: [0, 1],
  names: [0, 2],
} as const satisfies Partial<Record<keyof Look, readonly [number, number]>>;

/** `isSafe`: topics near each other are told apart by colour-blind eyes. */
export const PALETTES: { name: PaletteName; label: string; isSafe: boolean }[] = [
  { name: "portolan", label: "Portolan", isSafe: false },
  { name: "distinct", label: "Most distinct", isSafe: true },
  { name: "okabe-ito", label: "Okabe–Ito", isSafe: true },
];

export const RAMPS: { name: RampName; label: string }[] = [
  { name: "auto", label: "Automatic" },
  { name: "sea", label: "Sea" },
  { name: "viridis", label: "Viridis" },
  { name: "cividis", label: "Cividis" },
  { name: "ember", label: "Ember" },
  { name: "grey", label: "Grey" },
  { name: "diverging", label: "Two-sided" },
];

/** A look as it was remembered; what makes no sense is as usual. */
export function readLook(kept: unknown): Look {
  const said = (typeof kept === "object" && kept !== null ? kept : {}) as Partial<Record<keyof Look, unknown>>;
  const factor = (name: keyof typeof LOOK_RANGES) => {
    const value = said[name];
    const [low, high] = LOOK_RANGES[name];
    return typeof value === "number" && Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : USUAL_LOOK[name];
  };
  return {
    size: factor("size"),
    opacity: factor("opacity"),
    land: factor("land"),
    contours: factor("contours"),
    names: factor("names"),
    palette: PALETTES.find(({ name }) => name === said.palette)?.name ?? USUAL_LOOK.palette,
    ramp: RAMPS.find(({ name }) => name === said.ramp)?.name ?? USUAL_LOOK.ramp,
  };
}

export function isUsual(look: Look): boolean {
  return (Object.keys(USUAL_LOOK) as (keyof Look)[]).every((name) => look[name] === USUAL_LOOK[name]);
}
