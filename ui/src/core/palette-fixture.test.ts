/** The command line draws with the same palette: both must give the colours that `tools/write_palette.py` wrote. */

import { expect, test } from "vitest";
import { css } from "./color";
import { clusterColors } from "./cluster-colors";
import { categorical, type Ground } from "./palette";
import { ramp } from "./ramps";
import fixture from "./palette.fixture.json";

const PALETTES = ["portolan", "distinct", "okabe-ito"] as const;

test.each<Ground>(["light", "dark"])("the palette gives the colours that pictures have, on %s ground", (ground) => {
  const expected = fixture.colors[ground];
  for (const palette of PALETTES) expect(categorical(20, ground, palette).map(css)).toEqual(expected.categorical[palette]);
  expect(ramp(16, ground).map(css)).toEqual(expected.ramp);
  expect(ramp(16, ground, { span: { min: -1, max: 3 } }).map(css)).toEqual(expected.two_sided);
  for (const [spread, layers] of Object.entries(expected.clusters))
    expect(clusterColors(fixture.clusters, ground, { spread: Number(spread) }).map((layer) => layer.map(css))).toEqual(layers);
  for (const palette of PALETTES)
    expect(clusterColors(fixture.edited, ground, { palette }).map((layer) => layer.map(css))).toEqual(expected.edited[palette]);
});
