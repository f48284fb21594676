/** OKLCH colours: even lightness to the eye. Source: Björn Ottosson, "A perceptual color space for image processing". */

/** Red, green, blue in 0 … 255. */
export type Rgb = [number, number, number];

export interface Oklch {
  /** Lightness, 0 … 1. */
  l: number;
  /** Chroma, 0 … about 0.3. */
  c: number;
  /** Hue in degrees. */
  h: number;
}

/** The sRGB colour; chroma is lowered until it is one that a screen can show. */
export function toRgb({ l, c, h }: Oklch): Rgb {
  for (let chroma = c; chroma > 0; chroma -= 0.004) {
    const linear = toLinear(l, chroma, h);
    if (linear.every((value) => value > -1e-4 && value < 1 + 1e-4)) return linear.map(encode) as Rgb;
  }
  return toLinear(l, 0, h).map(encode) as Rgb;
}

function toLinear(l: number, c: number, h: number): [number, number, number] {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
}

function encode(linear: number): number {
  const clamped = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * clamped ** (1 / 2.4) - 0.055));
}

function decode(channel: number): number {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** OKLab coordinates of an sRGB colour. */
export function toOklab([red, green, blue]: Rgb): [number, number, number] {
  const [r, g, b] = [decode(red), decode(green), decode(blue)];
  const long = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const medium = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const short = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}

/** How far two colours are apart to the eye: distance in OKLab × 100. About 2 can just be told apart. */
export function deltaE(a: Rgb, b: Rgb): number {
  const [p, q] = [toOklab(a), toOklab(b)];
  return 100 * Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

/** Linear light of an sRGB colour, each in 0 … 1. */
export function toLinearRgb([red, green, blue]: Rgb): [number, number, number] {
  return [decode(red), decode(green), decode(blue)];
}

/** The sRGB colour of linear light; what a screen cannot show is clipped. */
export function fromLinear(linear: readonly [number, number, number]): Rgb {
  return linear.map(encode) as Rgb;
}

/** Lightness, chroma and hue of an sRGB colour. */
export function toOklch(color: Rgb): Oklch {
  const [l, a, b] = toOklab(color);
  return { l, c: Math.hypot(a, b), h: ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360 };
}

export function css([red, green, blue]: Rgb): string {
  return `#${[red, green, blue].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}
