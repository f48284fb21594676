import { describe, expect, it } from "vitest";
import { placeCard } from "./place";

const bounds = { left: 0, top: 44, right: 1000, bottom: 700 };
const card = { width: 380, height: 240, bounds };

describe("placeCard", () => {
  it("stands to the right where there is room", () => {
    expect(placeCard({ x: 300, y: 300 }, card)).toEqual({ left: 316, top: 220, side: "right" });
  });

  it("changes to the left at the right edge", () => {
    expect(placeCard({ x: 900, y: 300 }, card)).toMatchObject({ left: 504, side: "left" });
  });

  it("goes below or above on a narrow screen", () => {
    const narrow = { ...card, bounds: { left: 8, top: 44, right: 398, bottom: 844 } };
    expect(placeCard({ x: 200, y: 200 }, narrow)).toMatchObject({ top: 216, side: "below" });
    expect(placeCard({ x: 200, y: 760 }, narrow)).toMatchObject({ top: 504, side: "above" });
  });

  it("never covers the point and stays on the screen, wherever the point is", () => {
    for (let x = 0; x <= 1000; x += 50) {
      for (let y = 44; y <= 700; y += 41) {
        const { left, top } = placeCard({ x, y }, card);
        const covers = x >= left && x <= left + card.width && y >= top && y <= top + card.height;
        expect(covers, `${x}, ${y}`).toBe(false);
        expect(left >= 0 && left + card.width <= 1000 && top >= 44 && top + card.height <= 700, `${x}, ${y}`).toBe(
          true,
        );
      }
    }
  });
});
