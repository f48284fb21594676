/** Lines of equal density over the points, at each doubling: where the rows shown crowd. */

import type { DensityGrid } from "../core/density";
import { type Gl, type Program, createProgram, createTexture, placeInClip } from "./gl";
import { DENSITY, SQUARE_VERTEX } from "./landscape";

const FRAGMENT = `
in vec2 v_uv;
uniform vec3 u_ink;
uniform vec3 u_paper;
uniform float u_strength;
uniform float u_dpr;
out vec4 color;
${DENSITY}

void main() {
  float value = density(v_uv);
  // Level 0 lies at an eighth of the middle row's density; each further one at twice the one before.
  float height = log2(max(value, 1e-6)) + 3.0;
  float slope = max(fwidth(height), 1e-5);
  float off = abs(height - round(height)) / slope;
  float isLand = step(-0.5, height);
  // Every third line is heavier, as on a chart.
  float heavy = abs(mod(round(height), 3.0)) < 0.5 ? 1.0 : 0.0;
  float reach = (0.45 + 0.35 * heavy) * u_dpr;
  float line = (1.0 - smoothstep(reach, reach + 0.9, off)) * isLand;
  float halo = (1.0 - smoothstep(reach + u_dpr, reach + 2.0 * u_dpr, off)) * isLand;
  // Where lines lie closer than they are wide, they would fill the land.
  float room = 1.0 - smoothstep(0.12, 0.3, slope);
  float ink = line * room * u_strength * (0.62 + 0.3 * heavy);
  float paper = halo * room * u_strength * 0.55 * (1.0 - ink);
  color = vec4(u_ink * ink + u_paper * paper, ink + paper);
}`;

export interface ContourFrame {
  root: { x: number; y: number; size: number };
  camera: { x: number; y: number };
  scale: number;
  width: number;
  height: number;
  dpr: number;
  /** Red, green, blue in 0 … 1. */
  ink: [number, number, number];
  paper: [number, number, number];
  /** 0 … 1. */
  strength: number;
}

export class ContourLayer {
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
    // Half floats end at 65,504; a shader cannot tell more levels apart anyway.
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16F, grid.side, grid.side, 0, gl.RED, gl.FLOAT, grid.values);
  }

  draw(frame: ContourFrame): void {
    const grid = this.#grid;
    if (!grid) return;
    const { gl } = this;
    const { program, at } = this.#program;
    const { x, y, size } = frame.root;
    const square = { x: x - grid.margin * size, y: y - grid.margin * size, size: size * (1 + 2 * grid.margin) };
    gl.useProgram(program);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.uniform1i(at("u_density"), 0);
    gl.uniform1f(at("u_side"), grid.side);
    gl.uniform3fv(at("u_ink"), frame.ink);
    gl.uniform3fv(at("u_paper"), frame.paper);
    gl.uniform1f(at("u_strength"), frame.strength);
    gl.uniform1f(at("u_dpr"), frame.dpr);
    gl.uniform4fv(at("u_place"), placeInClip(square, frame));
    gl.bindVertexArray(null);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}
