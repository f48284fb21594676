import { expect, test } from "vitest";
import { placeNames, spotsOnLand } from "./anchors";

const frame = { left: 0, top: 0, right: 300, bottom: 100 };
const box = { width: 100, height: 20 };
const small = { width: 60, height: 20 };

test("a name stands on its best spot in its best size where nothing is in the way", () => {
  expect(placeNames([{ spots: [{ x: 150, y: 50 }], nOwn: 9, sizes: [box, small] }], frame)).toEqual([{ spot: 0, size: 0 }]);
});

test("a name whose place is taken stands on its next spot", () => {
  const spots = [
    { x: 150, y: 50 },
    { x: 150, y: 75 },
  ];
  expect(placeNames([{ spots, nOwn: 9, sizes: [box] }, { spots, nOwn: 9, sizes: [box] }], frame)).toEqual([
    { spot: 0, size: 0 },
    { spot: 1, size: 0 },
  ]);
});

test("a name that has one spot only gets it, and another makes room", () => {
  const first = { spots: [{ x: 150, y: 50 }, { x: 150, y: 80 }], nOwn: 9, sizes: [box] };
  const stuck = { spots: [{ x: 150, y: 55 }], nOwn: 9, sizes: [box] };
  expect(placeNames([first, stuck], frame)).toEqual([
    { spot: 1, size: 0 },
    { spot: 0, size: 0 },
  ]);
});

test("a name is set smaller before it is left out, and left out before it leaves the frame", () => {
  const atEdge = { spots: [{ x: 35, y: 50 }], nOwn: 9, sizes: [box, small] };
  expect(placeNames([atEdge, { spots: [{ x: 295, y: 50 }], nOwn: 9, sizes: [small] }], frame)).toEqual([{ spot: 0, size: 1 }, null]);
});

test("a name is set smaller on its own land before it stands on another's", () => {
  const spots = [
    { x: 35, y: 50 },
    { x: 150, y: 50 },
  ];
  expect(placeNames([{ spots, nOwn: 1, sizes: [box, small] }], frame)).toEqual([{ spot: 0, size: 1 }]);
  expect(placeNames([{ spots, nOwn: 1, sizes: [box] }], frame)).toEqual([{ spot: 1, size: 0 }]);
});

test("spots lie on the cluster's own rows, the dense and near ones first", () => {
  const xy: number[] = [];
  const owner: number[] = [];
  const put = (x: number, y: number, cluster: number, n: number) => {
    for (let i = 0; i < n; i++) {
      xy.push(x, y);
      owner.push(cluster);
    }
  };
  put(0.25, 0.25, 0, 50);
  put(0.3, 0.4, 0, 20);
  put(0.9, 0.9, 0, 20);
  put(0.6, 0.6, 1, 50);
  const [found] = spotsOnLand([{ x: 0.27, y: 0.3, radius: 0.2 }, { x: 0.6, y: 0.6, radius: 0.1 }], {
    xy,
    owner,
    root: { x: 0, y: 0, size: 1 },
  });
  expect(found!.spots[0]).toEqual({ x: 0.27, y: 0.3 });
  const [dense, near, far] = found!.spots.slice(1).map(({ x, y }) => [Math.round(x * 20) / 20, Math.round(y * 20) / 20]);
  expect([dense, near, far]).toEqual([[0.25, 0.25], [0.3, 0.4], [0.9, 0.9]]);
});
