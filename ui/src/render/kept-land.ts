/** The land as it was drawn last. Without a graphics card, copying it takes a tenth of the time of drawing it. */

import { type Gl, createTexture } from "./gl";
import type { LandscapeFrame, LandscapeLayer } from "./landscape";

export class KeptLand {
  #texture: WebGLTexture;
  #framebuffer: WebGLFramebuffer;
  /** Size of the texture, px. */
  #size = "";
  /** What it shows. */
  #shown = "";

  constructor(
    private readonly gl: Gl,
    private readonly land: LandscapeLayer,
  ) {
    this.#texture = createTexture(gl, gl.LINEAR);
    this.#framebuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, this.#texture, 0);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  /** The next frame draws it anew: its grid is another. */
  forget(): void {
    this.#shown = "";
  }

  /** Fills the canvas with the land on paper, one px of it for each `coarseness` px of the canvas. */
  draw(frame: LandscapeFrame, paper: readonly [number, number, number], coarseness: number): void {
    const { gl } = this;
    const coarse = {
      ...frame,
      width: Math.ceil(frame.width / coarseness),
      height: Math.ceil(frame.height / coarseness),
      scale: frame.scale / coarseness,
    };
    const wanted = JSON.stringify([coarse, paper]);
    if (wanted !== this.#shown) this.#make(coarse, paper);
    this.#shown = wanted;
    const { width, height } = coarse;
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, this.#framebuffer);
    const filter = coarseness === 1 ? gl.NEAREST : gl.LINEAR;
    const [right, top] = [width * coarseness, height * coarseness];
    gl.blitFramebuffer(0, 0, width, height, 0, 0, right, top, gl.COLOR_BUFFER_BIT, filter);
    gl.bindFramebuffer(gl.READ_FRAMEBUFFER, null);
  }

  #make(frame: LandscapeFrame, paper: readonly [number, number, number]): void {
    const { gl } = this;
    const { width, height } = frame;
    const size = `${width} ${height}`;
    if (size !== this.#size) {
      this.#size = size;
      gl.bindTexture(gl.TEXTURE_2D, this.#texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#framebuffer);
    gl.viewport(0, 0, width, height);
    gl.clearColor(...paper, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.land.draw(frame);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }
}
