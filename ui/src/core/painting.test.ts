import { describe, expect, it } from "vitest";
import type { Rgb } from "./color";
import { HIDDEN } from "./filter";
import { type Canvas, type Discs, inkOf, paint, paintsOf } from "./painting";

const RED: Rgb = [200, 10, 30];
const MISSING: Rgb = [120, 120, 120];

function canvasOf(width = 12, height = 10): Canvas {
  return { pixels: new Int32Array(width * height), width, height };
}

/** Paints discs at places in px. */
function painted(
  places: readonly [number, number][],
  { canvas = canvasOf(), diameter = 4, opacity = 1, colors = [RED], ...discs }: Partial<Discs> & { canvas?: Canvas; diameter?: number; opacity?: number; colors?: Rgb[] } = {},
): Canvas {
  paint(
    canvas,
    {
      n: places.length,
      xy: Float32Array.from(places.flat()),
      order: Uint32Array.from(places.keys()),
      scale: [1, 1],
      offset: [0, 0],
      flags: null,
      paintOf: () => 0,
      isLit: null,
      ...discs,
    },
    { paints: paintsOf([...colors, MISSING]), plain: inkOf(diameter, opacity), lit: inkOf(diameter + 2, 1) },
  );
  return canvas;
}

/** Red, green, blue, alpha of a pixel. */
function at({ pixels, width }: Canvas, x: number, y: number): number[] {
  return [...new Uint8Array(pixels.buffer, 4 * (y * width + x), 4)];
}

function inked({ pixels }: Canvas): number {
  return pixels.reduce((sum, pixel) => sum + (pixel === 0 ? 0 : 1), 0);
}

describe("paint", () => {
  it("fills a disc with its colour and leaves the rest empty", () => {
    const canvas = painted([[5.5, 5.5]]);
    expect(at(canvas, 5, 5)).toEqual([...RED, 255]);
    expect(at(canvas, 5, 3)[3]).toBeGreaterThan(0);
    expect(at(canvas, 5, 2)).toEqual([0, 0, 0, 0]);
  });

  it("covers as much as the disc is large, wherever in a pixel its middle lies", () => {
    for (const middle of [5.06, 5.31, 5.56, 5.94]) {
      const canvas = painted([[middle, middle]], { diameter: 5 });
      const cover = canvas.pixels.reduce((sum, pixel) => sum + (pixel >>> 24) / 255, 0);
      expect(cover).toBeCloseTo(Math.PI * 2.5 ** 2, 0);
    }
  });

  it("lays a half transparent disc over what is there", () => {
    const blue: Rgb = [0, 0, 250];
    const canvas = painted([[5.5, 5.5]]);
    painted([[5.5, 5.5]], { canvas, colors: [blue], opacity: 0.5 });
    expect(at(canvas, 5, 5)).toEqual([100, 5, 140, 255]);
  });

  it("comes to a disc's own colour where many faint ones lie on each other", () => {
    const canvas = painted(new Array<[number, number]>(400).fill([5.5, 5.5]), { opacity: 0.08 });
    at(canvas, 5, 5).forEach((value, channel) => expect(Math.abs(value - [...RED, 255][channel]!)).toBeLessThanOrEqual(7));
  });

  it("cuts off what reaches over the edge, and paints nothing beyond it", () => {
    const corner = painted([[0, 0]]);
    expect(at(corner, 0, 0)[3]).toBe(255);
    expect(inked(corner)).toBeLessThan(inked(painted([[5, 5]])) / 2);
    expect(inked(painted([[-4, 5], [5, -4], [30, 5], [5, 30], [NaN, 5]]))).toBe(0);
  });

  it("leaves out hidden discs and those beyond the share", () => {
    const places: [number, number][] = [[2.5, 2.5], [6.5, 6.5], [9.5, 2.5]];
    const canvas = painted(places, { flags: Uint8Array.of(0, HIDDEN, 0), n: 2 });
    expect(at(canvas, 2, 2)[3]).toBe(255);
    expect(at(canvas, 6, 6)[3]).toBe(0);
    expect(at(canvas, 9, 2)[3]).toBe(0);
  });

  it("draws lit discs larger and missing ones hollow", () => {
    const whole = painted([[5.5, 5.5]], { diameter: 8 });
    const missing = painted([[5.5, 5.5]], { diameter: 8, paintOf: () => 1 });
    expect(at(missing, 5, 5)[3]).toBeLessThan(80);
    expect(at(missing, 5, 1)[3]).toBe(at(whole, 5, 1)[3]);
    expect(inked(painted([[5.5, 5.5]], { isLit: () => true }))).toBeGreaterThan(inked(painted([[5.5, 5.5]])));
  });
});
