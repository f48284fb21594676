/** Draws a frame: the land, the points, the marks. Knows nothing of the page. */

import type { DensityGrid } from "../core/density";
import type { LoadedTile } from "../state/tiles";
import { ContourLayer } from "./contours";
import type { Gl } from "./gl";
import { KeptLand } from "./kept-land";
import { LandscapeLayer } from "./landscape";
import { type Mark, MarkLayer } from "./marks";
import { PaintedPoints } from "./painted-points";
import { type PointFrame, PointLayer, type PointPainter } from "./points";

export interface Frame {
  points: PointFrame;
  root: { x: number; y: number; size: number };
  dpr: number;
  /** Red, green, blue in 0 … 1. */
  paper: [number, number, number];
  landTint: [number, number, number];
  landStrength: number;
  landLine: number;
  /** How many px of the canvas, along each axis, one of the land kept for the next frames stands for; 0: none is kept. */
  landCoarseness: number;
  /** Lines of equal density; 0: none. */
  contours: number;
  ink: [number, number, number];
  marks: readonly Mark[];
}

interface Layers {
  points: PointPainter;
  /** The page paints the points itself. */
  isPainting: boolean;
  /** Made when there is something to draw with them: the first frame has points alone. */
  landscape: LandscapeLayer | null;
  keptLand: KeptLand | null;
  contours: ContourLayer | null;
  marks: MarkLayer | null;
}

export class Renderer {
  readonly gl: Gl;
  /** Drawn without a graphics card. Tests set it, to draw as with a card or as without, whatever there is. */
  isSoftware: boolean;
  #layers: Layers | null = null;
  #grid: DensityGrid | null = null;
  #contourGrid: DensityGrid | null = null;
  #lit: Uint8Array | null = null;

  /** Null where the browser has no WebGL2. `onRestored`: the context was lost and is back; draw again. */
  static create(canvas: HTMLCanvasElement, onRestored: () => void): Renderer | null {
    // A canvas that has its size already is not made a second time for the first frame.
    Object.assign(canvas, { width: canvas.clientWidth || 1, height: canvas.clientHeight || 1 });
    const gl = canvas.getContext("webgl2", {
      antialias: false,
      alpha: false,
      depth: false,
      powerPreference: "high-performance",
    });
    return gl && new Renderer(gl, canvas, onRestored);
  }

  private constructor(gl: Gl, canvas: HTMLCanvasElement, onRestored: () => void) {
    this.gl = gl;
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.#layers = null;
    });
    canvas.addEventListener("webglcontextrestored", onRestored);
    // Asked now, when the graphics process has just made the context and has nothing else to do.
    this.isSoftware = isDrawnBySoftware(gl);
    // Shaders compile while the page goes on.
    this.#layers = this.#createLayers(this.isSoftware);
  }

  /** The page painted the points of the last frame itself. */
  get isPainting(): boolean {
    return this.#layers?.isPainting ?? false;
  }

  setDensity(grid: DensityGrid): void {
    this.#grid = grid;
    this.#layers?.landscape?.setGrid(grid);
    this.#layers?.keptLand?.forget();
  }

  /** The density that the contours tell: of the rows shown. */
  setContours(grid: DensityGrid): void {
    this.#contourGrid = grid;
    this.#layers?.contours?.setGrid(grid);
  }

  setLit(lit: Uint8Array | null): void {
    this.#lit = lit;
    this.#layers?.points.setLit(lit);
  }

  /** Takes over what another draws besides its frames: the land, the contours, what is lit. */
  drawLike(other: Renderer): void {
    if (other.#grid) this.setDensity(other.#grid);
    if (other.#contourGrid) this.setContours(other.#contourGrid);
    if (other.#lit) this.setLit(other.#lit);
  }

  drop(tile: LoadedTile): void {
    this.#layers?.points.drop(tile);
  }

  /** Returns how many rows were drawn; 0 while the context is lost. */
  draw(frame: Frame): number {
    const { gl } = this;
    if (gl.isContextLost()) return 0;
    if (this.#layers?.isPainting !== this.isSoftware) this.#layers = this.#createLayers(this.isSoftware);
    const layers = this.#layers;
    const { width, height } = frame.points;
    const canvas = gl.canvas as HTMLCanvasElement;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    gl.viewport(0, 0, width, height);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#drawGround(layers, frame);
    const nRows = layers.points.draw(frame.points);
    if (this.#contourGrid && frame.contours > 0) {
      layers.contours ??= this.#createContours(this.#contourGrid);
      const { root, points, dpr, contours, ink, paper } = frame;
      layers.contours.draw({ ...points, root, dpr, strength: contours, ink, paper });
    }
    if (frame.marks.length > 0) layers.marks ??= new MarkLayer(gl);
    layers.marks?.draw(frame.marks, { width, height, dpr: frame.dpr, ground: frame.paper });
    return nRows;
  }

  /** Paper, and the land on it. */
  #drawGround(layers: Layers, frame: Frame): void {
    const { gl } = this;
    const { camera, scale, width, height } = frame.points;
    if (this.#grid) layers.landscape ??= this.#createLandscape(this.#grid);
    const land = {
      root: frame.root,
      camera,
      scale,
      width,
      height,
      tint: frame.landTint,
      strength: frame.landStrength,
      line: frame.landLine,
    };
    // First of all, so that the browser has emptied a canvas that it has shown: a copy alone does not make it do so.
    gl.clearColor(...frame.paper, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (layers.landscape && frame.landCoarseness > 0) {
      layers.keptLand ??= new KeptLand(gl, layers.landscape);
      layers.keptLand.draw(land, frame.paper, frame.landCoarseness);
      gl.viewport(0, 0, width, height);
    } else {
      layers.landscape?.draw(land);
    }
  }

  #createLayers(isPainting: boolean): Layers {
    const points = isPainting ? new PaintedPoints(this.gl) : new PointLayer(this.gl);
    points.setLit(this.#lit);
    return { points, isPainting, landscape: null, keptLand: null, contours: null, marks: null };
  }

  #createLandscape(grid: DensityGrid): LandscapeLayer {
    const landscape = new LandscapeLayer(this.gl);
    landscape.setGrid(grid);
    return landscape;
  }

  #createContours(grid: DensityGrid): ContourLayer {
    const contours = new ContourLayer(this.gl);
    contours.setGrid(grid);
    return contours;
  }

  /** Resolves when the graphics process has drawn all that it was given so far. */
  async drawn(): Promise<void> {
    const { gl } = this;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    // The answer never changes within a task. A lost context knows no fence: nothing more will be drawn.
    while (fence && gl.getSyncParameter(fence, gl.SYNC_STATUS) === gl.UNSIGNALED) {
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    gl.deleteSync(fence);
  }

  /** Gives the graphics card back: a browser keeps only so many of these on one page. */
  destroy(): void {
    this.#layers = null;
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  /** The colour on the screen at a device pixel, from the bottom left; right after `draw`. */
  readPixels(x: number, y: number, width: number, height: number): Uint8Array {
    const pixels = new Uint8Array(4 * width * height);
    this.gl.readPixels(x, y, width, height, this.gl.RGBA, this.gl.UNSIGNED_BYTE, pixels);
    return pixels;
  }
}

function isDrawnBySoftware(gl: Gl): boolean {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}
