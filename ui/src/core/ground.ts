/** Whether the page around a notebook's cell is dark. */

export interface Surroundings {
  /** What the document says of its theme, the most trustworthy first: values of attributes and classes. */
  said: readonly (string | null | undefined)[];
  /** Background colours as computed, from the cell outwards. */
  backgrounds: readonly string[];
  isSystemDark: boolean;
}

export function isDarkAround({ said, backgrounds, isSystemDark }: Surroundings): boolean {
  for (const words of said) {
    const told = toldBy(words);
    if (told !== null) return told;
  }
  for (const color of backgrounds) {
    const lightness = lightnessOf(color);
    if (lightness !== null) return lightness < 0.5;
  }
  return isSystemDark;
}

/** "dark", "vscode-high-contrast", "light-theme" … as dark or not; null where nothing is said. */
function toldBy(words: string | null | undefined): boolean | null {
  const isThere = (pattern: RegExp) => pattern.test(words ?? "");
  if (isThere(/(^|[\s_-])light($|[\s_-])/i)) return false;
  return isThere(/(^|[\s_-])(dark|night|high-contrast)($|[\s_-])/i) ? true : null;
}

/** Lightness in 0 … 1 of "rgb(…)" or "rgba(…)"; null where one sees through it. */
function lightnessOf(color: string): number | null {
  const parts = color.match(/[\d.]+/g)?.map(Number) ?? [];
  const [red, green, blue, alpha = 1] = parts;
  if (!/^rgb/.test(color) || red === undefined || green === undefined || blue === undefined || alpha < 0.5) return null;
  return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
}
