/** Marks over the points: the hovered row, its neighbours, search results, the pinned row. */

import { type Gl, type Program, createProgram } from "./gl";

const VERTEX = `
layout(location = 0) in vec2 a_at;
layout(location = 1) in vec2 a_radii;
layout(location = 2) in vec4 a_fill;
layout(location = 3) in vec4 a_ring;
uniform vec2 u_size;
out vec4 v_fill;
out vec4 v_ring;
out vec2 v_radii;
void main() {
  v_fill = a_fill;
  v_ring = a_ring;
  v_radii = a_radii;
  gl_PointSize = 2.0 * (a_radii.x + a_radii.y) + 4.0;
  gl_Position = vec4(2.0 * a_at.x / u_size.x - 1.0, 1.0 - 2.0 * a_at.y / u_size.y, 0.0, 1.0);
}`;

const FRAGMENT = `
in vec4 v_fill;
in vec4 v_ring;
in vec2 v_radii;
uniform vec3 u_ground;
out vec4 color;
void main() {
  float outer = v_radii.x + v_radii.y;
  float distance = length(gl_PointCoord - 0.5) * (2.0 * outer + 4.0);
  float fill = clamp(v_radii.x - distance + 0.5, 0.0, 1.0) * v_fill.a;
  float ring = clamp(outer - distance + 0.5, 0.0, 1.0) * clamp(distance - v_radii.x + 0.5, 0.0, 1.0) * v_ring.a;
  // A breath of ground around the mark sets it apart from the points.
  float halo = clamp(outer + 1.5 - distance + 0.5, 0.0, 1.0) * 0.85 * max(v_fill.a, v_ring.a);
  vec4 over = vec4(v_fill.rgb * fill + v_ring.rgb * ring, fill + ring);
  color = over + vec4(u_ground * halo, halo) * (1.0 - over.a);
}`;

export type Rgba = readonly [number, number, number, number];

export interface Mark {
  /** CSS px. */
  x: number;
  y: number;
  /** Of the filled part, CSS px. */
  radius: number;
  ringWidth: number;
  /** In 0 … 1. */
  fill: Rgba;
  ring: Rgba;
}

const FLOATS = 12;

export class MarkLayer {
  #program: Program;
  #vao: WebGLVertexArrayObject;
  #buffer: WebGLBuffer;

  constructor(private readonly gl: Gl) {
    this.#program = createProgram(gl, VERTEX, FRAGMENT);
    this.#vao = gl.createVertexArray();
    this.#buffer = gl.createBuffer();
    gl.bindVertexArray(this.#vao);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    for (const [place, size, offset] of [
      [0, 2, 0],
      [1, 2, 2],
      [2, 4, 4],
      [3, 4, 8],
    ] as const) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, FLOATS * 4, offset * 4);
    }
    gl.bindVertexArray(null);
  }

  draw(
    marks: readonly Mark[],
    { width, height, dpr, ground }: { width: number; height: number; dpr: number; ground: readonly number[] },
  ): void {
    if (marks.length === 0) return;
    const { gl } = this;
    const data = new Float32Array(marks.length * FLOATS);
    marks.forEach((mark, i) => {
      data.set(
        [mark.x * dpr, mark.y * dpr, mark.radius * dpr, mark.ringWidth * dpr, ...mark.fill, ...mark.ring],
        i * FLOATS,
      );
    });
    gl.useProgram(this.#program.program);
    gl.uniform2f(this.#program.at("u_size"), width, height);
    gl.uniform3fv(this.#program.at("u_ground"), [...ground]);
    gl.bindVertexArray(this.#vao);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
    gl.drawArrays(gl.POINTS, 0, marks.length);
    gl.bindVertexArray(null);
  }
}
