/** The few WebGL2 calls that every layer shares. */

export type Gl = WebGL2RenderingContext;

export interface Program {
  program: WebGLProgram;
  at: (uniform: string) => WebGLUniformLocation | null;
}

/**
 * A program that compiles while the page goes on. Each question to the graphics process waits until it has done all
 * before: whether the program links, and where its uniforms are, is asked at the first `at`, and once.
 */
export function createProgram(gl: Gl, vertex: string, fragment: string): Program {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("The graphics context is lost.");
    gl.shaderSource(shader, `#version 300 es\nprecision highp float;\nprecision highp int;\n${source}`);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  const places = new Map<string, WebGLUniformLocation | null>();
  const at = (uniform: string) => {
    if (places.size === 0 && !gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`A shader does not compile: ${gl.getProgramInfoLog(program)}`);
    }
    if (!places.has(uniform)) places.set(uniform, gl.getUniformLocation(program, uniform));
    return places.get(uniform) ?? null;
  };
  return { program, at };
}

export function createBuffer(gl: Gl, data: ArrayBufferView<ArrayBufferLike> | null): WebGLBuffer {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  if (data) gl.bufferData(gl.ARRAY_BUFFER, data as ArrayBufferView<ArrayBuffer>, gl.STATIC_DRAW);
  return buffer;
}

export function createTexture(gl: Gl, filter: number): WebGLTexture {
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return texture;
}

/** Where a square of the map lies in clip space: scale x, scale y, offset x, offset y for positions in [0, 1]. */
export function placeInClip(
  square: { x: number; y: number; size: number },
  { camera, scale, width, height }: { camera: { x: number; y: number }; scale: number; width: number; height: number },
): [number, number, number, number] {
  // In doubles here: float32 in the shader would tremble when zoomed far in.
  return [
    (2 * square.size * scale) / width,
    (2 * square.size * scale) / height,
    (2 * (square.x - camera.x) * scale) / width,
    (2 * (square.y - camera.y) * scale) / height,
  ];
}
