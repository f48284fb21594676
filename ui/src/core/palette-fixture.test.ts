/** The command line draws with the same palette: both must give the colours that `tools/write_palette.py` wrote. */

import { expect, test } from "vitest";
import { css } from "./color";
import { categorical, clusterColors, type Ground, ramp } from "./palette";
import fixture from "./palette.fixture.json";

test.each<Ground>(["light", "dark"])("the palette gives the colours that pictures have, on %s ground", (ground) => {
  const expected = fixture.colors[ground];
  expect(categorical(20, ground).map(css)).toEqual(expected.categorical);
  expect(ramp(16, ground).map(css)).toEqual(expected.ramp);
  for (const [spread, layers] of Object.entries(expected.clusters))
    expect(clusterColors(fixture.clusters, ground, Number(spread)).map((layer) => layer.map(css))).toEqual(layers);
});
