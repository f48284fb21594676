/** The points: one draw call a tile, colours looked up by code in a palette texture. */

import type { Rgb } from "../core/color";
import { HOLLOW } from "../core/painting";
import type { LoadedTile } from "../state/tiles";
import type { Coloring } from "../state/coloring.svelte";
import { type Gl, type Program, createBuffer, createProgram, createTexture, placeInClip } from "./gl";

/** What is lit is drawn so much stronger and larger. */
export const LIT_OPACITY = 1.35;
export const LIT_GROWTH = 1.15;

const VERTEX = `
layout(location = 0) in vec2 a_xy;
layout(location = 1) in uint a_code;
layout(location = 2) in uint a_cluster;
layout(location = 3) in uint a_flags;
uniform vec4 u_place;
uniform float u_diameter;
uniform float u_opacity;
uniform float u_dim;
uniform bool u_has_lit;
uniform bool u_is_ramp;
uniform uint u_missing;
uniform uint u_n_colors;
uniform vec3 u_missing_color;
uniform sampler2D u_palette;
uniform sampler2D u_lit;
out vec4 v_color;
flat out float v_hollow;
flat out float v_diameter;

vec4 look(sampler2D table, uint place) {
  return texelFetch(table, ivec2(int(place & 255u), int(place >> 8u)), 0);
}

void main() {
  if ((a_flags & 1u) != 0u) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    gl_PointSize = 0.0;
    return;
  }
  bool is_missing = a_code == u_missing || (!u_is_ramp && a_code >= u_n_colors);
  uint place = u_is_ramp ? uint(round(float(a_code) * float(u_n_colors - 1u) / 65534.0)) : a_code;
  vec3 color = is_missing ? u_missing_color : look(u_palette, place).rgb;
  bool is_lit = u_has_lit && look(u_lit, a_cluster).r > 0.5;
  float shown = u_has_lit && !is_lit ? u_dim : 1.0;
  float opacity = min(1.0, u_opacity * (is_lit ? ${LIT_OPACITY} : 1.0)) * shown;
  v_color = vec4(color * opacity, opacity);
  v_hollow = is_missing ? 1.0 : 0.0;
  v_diameter = u_diameter * (is_lit ? ${LIT_GROWTH} : 1.0);
  gl_PointSize = v_diameter + 1.0;
  gl_Position = vec4(a_xy * u_place.xy + u_place.zw, 0.0, 1.0);
}`;

const FRAGMENT = `
in vec4 v_color;
flat in float v_hollow;
flat in float v_diameter;
out vec4 color;

void main() {
  float distance = length(gl_PointCoord - 0.5) * (v_diameter + 1.0);
  float cover = clamp(0.5 * v_diameter - distance + 0.5, 0.0, 1.0);
  if (v_hollow > 0.5 && v_diameter > float(${HOLLOW.from})) {
    cover *= clamp(distance - 0.5 * v_diameter + float(${HOLLOW.edge}), float(${HOLLOW.inside}), 1.0);
  }
  color = v_color * cover;
}`;

interface GpuTile {
  vao: WebGLVertexArrayObject;
  buffers: Map<string, WebGLBuffer>;
  /** What the attributes read now; they are set anew when it changes. */
  bound: string;
  flags: Uint8Array | null;
}

export interface PointFrame {
  tiles: readonly LoadedTile[];
  coloring: Coloring;
  /** Slug of the finest clusters, to light some of them. */
  finestSlug: string | null;
  camera: { x: number; y: number };
  /** Device px per map unit, and of the canvas. */
  scale: number;
  width: number;
  height: number;
  diameter: number;
  opacity: number;
  /** Opacity of what is not lit. */
  dim: number;
  hasLit: boolean;
  /** Share of each tile's rows drawn: below 1 while the map moves on a slow machine. */
  share: number;
}

/** Draws points over what is there. */
export interface PointPainter {
  /** Draws the tiles; returns how many rows it drew. */
  draw(frame: PointFrame): number;
  /** Lights the finest clusters whose byte is not 0. */
  setLit(lit: Uint8Array | null): void;
  /** Forgets a tile. */
  drop(tile: LoadedTile): void;
}

export class PointLayer implements PointPainter {
  #program: Program;
  #palette: WebGLTexture;
  #lit: WebGLTexture;
  #tiles = new Map<LoadedTile, GpuTile>();
  #coloring: Coloring | null = null;
  #nColors = 1;

  constructor(private readonly gl: Gl) {
    this.#program = createProgram(gl, VERTEX, FRAGMENT);
    this.#palette = createTexture(gl, gl.NEAREST);
    this.#lit = createTexture(gl, gl.NEAREST);
    this.#upload(this.#lit, new Uint8Array(1024), 256);
  }

  draw(frame: PointFrame): number {
    const { gl } = this;
    const { program, at } = this.#program;
    if (frame.coloring !== this.#coloring) this.#setColors(frame.coloring);
    gl.useProgram(program);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#palette);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, this.#lit);
    gl.uniform1i(at("u_palette"), 0);
    gl.uniform1i(at("u_lit"), 1);
    gl.uniform1f(at("u_diameter"), frame.diameter);
    gl.uniform1f(at("u_opacity"), frame.opacity);
    gl.uniform1f(at("u_dim"), frame.dim);
    gl.uniform1i(at("u_has_lit"), frame.hasLit ? 1 : 0);
    gl.uniform1i(at("u_is_ramp"), frame.coloring.isRamp ? 1 : 0);
    gl.uniform1ui(at("u_missing"), frame.coloring.column ? frame.coloring.missingCode : 0xfffffffe);
    gl.uniform1ui(at("u_n_colors"), this.#nColors);
    gl.uniform3fv(at("u_missing_color"), unit(frame.coloring.missing));
    let nRows = 0;
    for (const tile of frame.tiles) {
      const n = Math.ceil(tile.points.rowIds.length * frame.share);
      this.#bind(tile, frame);
      gl.uniform4fv(at("u_place"), placeInClip(tile.entry, frame));
      gl.drawArrays(gl.POINTS, 0, n);
      nRows += n;
    }
    gl.bindVertexArray(null);
    return nRows;
  }

  setLit(lit: Uint8Array | null): void {
    if (lit)
      this.#upload(
        this.#lit,
        rgba(lit.length, (place) => [lit[place] ? 255 : 0, 0, 0]),
        256,
      );
  }

  #setColors(coloring: Coloring): void {
    this.#coloring = coloring;
    this.#nColors = coloring.colors.length;
    this.#upload(
      this.#palette,
      rgba(coloring.colors.length, (place) => coloring.colors[place]!),
      256,
    );
  }

  #upload(texture: WebGLTexture, data: Uint8Array, width: number): void {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, data.length / 4 / width, 0, gl.RGBA, gl.UNSIGNED_BYTE, data);
  }

  #bind(tile: LoadedTile, frame: PointFrame): void {
    const { gl } = this;
    const known = this.#tiles.get(tile) ?? this.#add(tile);
    gl.bindVertexArray(known.vao);
    const color = frame.coloring.column?.slug ?? null;
    const bound = [color, frame.finestSlug]
      .map((slug) => (slug !== null && tile.codes.has(slug) ? slug : ""))
      .join(" ");
    if (known.bound !== bound) {
      known.bound = bound;
      // No column colours the map: every point has the first colour.
      this.#codes(known, tile, { slug: color, place: 1, absent: color === null ? 0 : frame.coloring.missingCode });
      this.#codes(known, tile, { slug: frame.finestSlug, place: 2, absent: 0 });
    }
    if (known.flags !== tile.flags) {
      known.flags = tile.flags;
      this.#flags(known, tile.flags);
    }
  }

  #add(tile: LoadedTile): GpuTile {
    const { gl } = this;
    const known: GpuTile = { vao: gl.createVertexArray(), buffers: new Map(), bound: "-", flags: null };
    gl.bindVertexArray(known.vao);
    known.buffers.set("xy", createBuffer(gl, tile.points.xy));
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.vertexAttribI4ui(3, 0, 0, 0, 0);
    this.#tiles.set(tile, known);
    return known;
  }

  #codes(
    known: GpuTile,
    tile: LoadedTile,
    { slug, place, absent }: { slug: string | null; place: number; absent: number },
  ): void {
    const { gl } = this;
    const codes = slug === null ? undefined : tile.codes.get(slug);
    if (slug === null || !codes) {
      gl.disableVertexAttribArray(place);
      gl.vertexAttribI4ui(place, absent, 0, 0, 0);
      return;
    }
    const name = `codes ${slug}`;
    let buffer = known.buffers.get(name);
    if (buffer) gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    else known.buffers.set(name, (buffer = createBuffer(gl, codes)));
    const type = { 1: gl.UNSIGNED_BYTE, 2: gl.UNSIGNED_SHORT, 4: gl.UNSIGNED_INT }[codes.BYTES_PER_ELEMENT]!;
    gl.enableVertexAttribArray(place);
    gl.vertexAttribIPointer(place, 1, type, 0, 0);
  }

  #flags(known: GpuTile, flags: Uint8Array | null): void {
    const { gl } = this;
    if (!flags) {
      gl.disableVertexAttribArray(3);
      return;
    }
    const old = known.buffers.get("flags");
    if (old) gl.deleteBuffer(old);
    known.buffers.set("flags", createBuffer(gl, flags));
    gl.enableVertexAttribArray(3);
    gl.vertexAttribIPointer(3, 1, gl.UNSIGNED_BYTE, 0, 0);
  }

  /** Frees what the graphics card holds of it. */
  drop(tile: LoadedTile): void {
    const known = this.#tiles.get(tile);
    if (!known) return;
    for (const buffer of known.buffers.values()) this.gl.deleteBuffer(buffer);
    this.gl.deleteVertexArray(known.vao);
    this.#tiles.delete(tile);
  }
}

/** A table of colours, 256 texels a row. */
function rgba(n: number, colorOf: (place: number) => ArrayLike<number>): Uint8Array {
  const data = new Uint8Array(4 * 256 * Math.max(1, Math.ceil(n / 256)));
  for (let place = 0; place < n; place++) {
    const color = colorOf(place);
    data.set([color[0]!, color[1]!, color[2]!, 255], 4 * place);
  }
  return data;
}

function unit(color: Rgb): number[] {
  return color.map((value) => value / 255);
}
