/** The points, painted by the page itself and handed over as one picture: where no graphics card draws. */

import { type Canvas, type Ink, type Paints, inkOf, paint, paintsOf } from "../core/painting";
import type { Coloring } from "../state/coloring.svelte";
import type { LoadedTile } from "../state/tiles";
import { type Gl, type Program, createProgram, createTexture, placeInClip } from "./gl";
import { LIT_GROWTH, LIT_OPACITY, type PointFrame, type PointPainter } from "./points";

const VERTEX = `
void main() {
  gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0);
}`;

const FRAGMENT = `
uniform sampler2D u_painted;
out vec4 color;
void main() {
  color = texelFetch(u_painted, ivec2(gl_FragCoord.xy), 0);
}`;

export class PaintedPoints implements PointPainter {
  #program: Program;
  #texture: WebGLTexture;
  #canvas: Canvas = { pixels: new Int32Array(), width: 0, height: 0 };
  #lit: Uint8Array | null = null;
  #coloring: Coloring | null = null;
  #paints: Paints = paintsOf([]);
  #inks = new Map<string, Ink>();

  constructor(private readonly gl: Gl) {
    this.#program = createProgram(gl, VERTEX, FRAGMENT);
    this.#texture = createTexture(gl, gl.NEAREST);
  }

  setLit(lit: Uint8Array | null): void {
    if (lit) this.#lit = lit;
  }

  /** Nothing is kept of a tile. */
  drop(): void {}

  draw(frame: PointFrame): number {
    this.#setColors(frame.coloring);
    const canvas = this.#emptied(frame);
    const plain = this.#ink(frame.diameter, frame.opacity * (frame.hasLit ? frame.dim : 1));
    const lit = this.#ink(frame.diameter * LIT_GROWTH, Math.min(1, frame.opacity * LIT_OPACITY));
    let nRows = 0;
    for (const tile of frame.tiles) {
      const n = Math.ceil(tile.points.rowIds.length * frame.share);
      const [scaleX, scaleY, offsetX, offsetY] = placeInClip(tile.entry, frame);
      const { width, height } = frame;
      paint(
        canvas,
        {
          n,
          xy: tile.points.xy,
          order: tile.grid.order,
          scale: [(scaleX * width) / 2, (scaleY * height) / 2],
          offset: [((offsetX + 1) * width) / 2, ((offsetY + 1) * height) / 2],
          flags: tile.flags,
          paintOf: paintOf(tile, frame.coloring),
          isLit: frame.hasLit ? this.#isLit(tile, frame.finestSlug) : null,
        },
        { paints: this.#paints, plain, lit },
      );
      nRows += n;
    }
    this.#show(canvas);
    return nRows;
  }

  #setColors(coloring: Coloring): void {
    if (coloring === this.#coloring) return;
    this.#coloring = coloring;
    this.#paints = paintsOf([...coloring.colors, coloring.missing]);
  }

  #emptied({ width, height }: PointFrame): Canvas {
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas = { pixels: new Int32Array(width * height), width, height };
    } else this.#canvas.pixels.fill(0);
    return this.#canvas;
  }

  #ink(diameter: number, opacity: number): Ink {
    const key = `${diameter} ${opacity}`;
    const known = this.#inks.get(key) ?? inkOf(diameter, opacity);
    if (this.#inks.size > 8) this.#inks.clear();
    this.#inks.set(key, known);
    return known;
  }

  #isLit(tile: LoadedTile, slug: string | null): (place: number) => boolean {
    const codes = slug === null ? undefined : tile.codes.get(slug);
    const lit = this.#lit ?? new Uint8Array(1);
    return codes ? (place) => lit[codes[place]!] === 1 : () => lit[0] === 1;
  }

  #show({ pixels, width, height }: Canvas): void {
    const { gl } = this;
    const { program, at } = this.#program;
    gl.useProgram(program);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(pixels.buffer));
    gl.uniform1i(at("u_painted"), 0);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 3);
  }
}

/** Which colour a row has, the missing one's after all others. */
function paintOf(tile: LoadedTile, { column, colors, isRamp, missingCode }: Coloring): (place: number) => number {
  const missing = colors.length;
  // No column colours the map: every point has the first colour.
  if (!column) return () => 0;
  const codes = tile.codes.get(column.slug);
  if (!codes) return () => missing;
  if (!isRamp) return (place) => (codes[place] === missingCode ? missing : Math.min(codes[place]!, missing));
  const step = (missing - 1) / 65534;
  return (place) => (codes[place] === missingCode ? missing : Math.round(codes[place]! * step));
}
