/** The land under the points: density in a few quiet tints, as depths on a sea chart. */

import type { DensityGrid } from "../core/density";
import { type Gl, type Program, createProgram, createTexture, placeInClip } from "./gl";

/** A square of the map; `v_uv` runs over it. */
export const SQUARE_VERTEX = `
uniform vec4 u_place;
out vec2 v_uv;
void main() {
  v_uv = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  gl_Position = vec4(v_uv * u_place.xy + u_place.zw, 0.0, 1.0);
}`;

/** `density(uv)`: the grid's value, smooth. */
export const DENSITY = `
uniform sampler2D u_density;
uniform float u_side;
// Cubic B-spline in four taps (Sigg and Hadwiger, GPU Gems 2, chapter 20): no facets when the grid is magnified.
float density(vec2 uv) {
  vec2 place = uv * u_side - 0.5;
  vec2 f = fract(place);
  vec2 base = place - f + 0.5;
  vec2 w0 = (1.0 - f) * (1.0 - f) * (1.0 - f) / 6.0;
  vec2 w1 = (4.0 - 6.0 * f * f + 3.0 * f * f * f) / 6.0;
  vec2 w3 = f * f * f / 6.0;
  vec2 s0 = w0 + w1;
  vec2 s1 = 1.0 - s0;
  vec2 t0 = (base - 1.0 + w1 / s0) / u_side;
  vec2 t1 = (base + 1.0 + w3 / s1) / u_side;
  return s0.y * (s0.x * texture(u_density, t0).r + s1.x * texture(u_density, vec2(t1.x, t0.y)).r)
       + s1.y * (s0.x * texture(u_density, vec2(t0.x, t1.y)).r + s1.x * texture(u_density, t1).r);
}`;

const FRAGMENT = `
in vec2 v_uv;
uniform vec3 u_tint;
uniform float u_strength;
uniform float u_line;
out vec4 color;

${DENSITY}
void main() {
  // Heights grow with the logarithm of density; a tint for each whole step, a fine line between.
  float height = log2(1.0 + 7.0 * density(v_uv)) * 1.25;
  float width = max(fwidth(height), 1e-4);
  float band = floor(height);
  float level = band - 1.0 + smoothstep(0.0, 1.2 * width, height - band);
  float shore = smoothstep(1.0 - width, 1.0 + width, height);
  float tint = u_strength * clamp(0.16 + 0.11 * level + 0.06 * height, 0.0, 1.0) * shore;
  float line = (1.0 - smoothstep(0.0, 1.0, abs(height - round(height)) / width)) * step(0.9, height);
  float alpha = clamp(tint + u_line * line, 0.0, 1.0);
  color = vec4(u_tint * alpha, alpha);
}`;

export interface LandscapeFrame {
  root: { x: number; y: number; size: number };
  camera: { x: number; y: number };
  scale: number;
  width: number;
  height: number;
  /** Red, green, blue in 0 … 1. */
  tint: [number, number, number];
  strength: number;
  line: number;
}

export class LandscapeLayer {
  #program: Program;
  #texture: WebGLTexture;
  #grid: DensityGrid | null = null;

  constructor(private readonly gl: Gl) {
    this.#program = createProgram(gl, SQUARE_VERTEX, FRAGMENT);
    this.#texture = createTexture(gl, gl.LINEAR);
  }

  setGrid(grid: DensityGrid): void {
    const { gl } = this;
    this.#grid = grid;
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16F, grid.side, grid.side, 0, gl.RED, gl.FLOAT, grid.values);
  }

  draw(frame: LandscapeFrame): void {
    const grid = this.#grid;
    if (!grid || frame.strength <= 0) return;
    const { gl } = this;
    const { program, at } = this.#program;
    const { x, y, size } = frame.root;
    const square = { x: x - grid.margin * size, y: y - grid.margin * size, size: size * (1 + 2 * grid.margin) };
    gl.useProgram(program);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.uniform1i(at("u_density"), 0);
    gl.uniform1f(at("u_side"), grid.side);
    gl.uniform3fv(at("u_tint"), frame.tint);
    gl.uniform1f(at("u_strength"), frame.strength);
    gl.uniform1f(at("u_line"), frame.line);
    gl.uniform4fv(at("u_place"), placeInClip(square, frame));
    gl.bindVertexArray(null);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}
