/** Which marks the session asks for, from below to above. */

import { placed } from "../core/camera";
import type { Rgb } from "../core/color";
import type { PointLook } from "../core/density";
import type { Session } from "../state/session.svelte";
import type { Mark, Rgba } from "./marks";
import type { Tones } from "./tones";

export function marksOf(
  session: Session,
  { look, hoverColor, tones }: { look: PointLook; hoverColor: Rgb; tones: Tones },
): Mark[] {
  const { view, reading, search } = session;
  const radius = look.diameter / 2;
  const accent = (alpha: number): Rgba => [...tones.accent, alpha];
  const ink = (alpha: number): Rgba => [...tones.ink, alpha];
  const at = (point: { x: number; y: number }) => view.toScreen(point);
  const marks: Mark[] = [];
  for (const row of placed(session.selected)) {
    marks.push({ ...at(row), radius: Math.max(3.6, radius), ringWidth: 1.5, fill: accent(0.95), ring: ink(0.8) });
  }
  for (const result of placed(search.state.results)) {
    const isActive = result.row_id === search.activeResult?.row_id;
    marks.push({
      ...at(result),
      radius: Math.max(3.6, radius) + (isActive ? 1.5 : 0),
      ringWidth: isActive ? 2.5 : 0,
      fill: accent(0.95),
      ring: ink(isActive ? 0.9 : 0),
    });
  }
  for (const neighbor of placed(reading.hoverNeighbors)) {
    marks.push({ ...at(neighbor), radius: Math.max(2.6, radius), ringWidth: 1.3, fill: ink(0), ring: ink(0.5) });
  }
  if (reading.pin) {
    for (const neighbor of placed(reading.pin.neighbors ?? [])) {
      marks.push({
        ...at(neighbor),
        radius: Math.max(2.8, radius),
        ringWidth: 1.4,
        fill: accent(0),
        ring: accent(0.75),
      });
    }
    for (const row of placed(reading.pin.row ? [reading.pin.row] : [])) {
      marks.push({ ...at(row), radius: Math.max(5, radius + 1.5), ringWidth: 2.5, fill: accent(1), ring: ink(0.95) });
    }
  }
  if (session.pointedAt) {
    marks.push({
      ...at(session.pointedAt),
      radius: Math.max(5, radius + 1),
      ringWidth: 2,
      fill: accent(0.9),
      ring: ink(0.9),
    });
  }
  if (reading.hover) {
    const fill: Rgba = [hoverColor[0] / 255, hoverColor[1] / 255, hoverColor[2] / 255, 1];
    marks.push({ ...reading.hover, radius: Math.max(5, radius + 2), ringWidth: 2, fill, ring: ink(0.92) });
  }
  return marks;
}
