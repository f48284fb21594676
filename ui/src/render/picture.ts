/** Pictures of what one looks at, drawn off the screen: points and land by WebGL piece by piece, what is written on a canvas. */

import { type Insets, type Size, type Square, type Camera, toMap } from "../core/camera";
import type { Legend } from "../core/legend";
import { type Inks, layOutSheet, type MeasureText, type PictureChoices, type PictureFont, type PictureMark, type PictureName, piecesOf, type Sheet, tooLarge, toSvg } from "../core/picture";
import { type Frame, Renderer } from "./renderer";

/** What a picture is drawn from: the page as it is now. */
export interface PictureParts {
  /** A frame of the whole stage at a number of device px for one CSS px. */
  frame: (dpr: number) => Frame;
  view: { camera: Camera; root: Square; size: Size };
  /** What panels cover: not in the picture. */
  insets: Insets;
  /** Draws the stage: a picture has its land, its contours and what it lights. */
  renderer: Renderer;
  /** Px from the stage's upper left corner. */
  names: PictureName[];
  legend: Legend | null;
  inks: Inks;
  family: string;
}

/** Points and land at a scale, without anything written. */
export interface Ground {
  scale: number;
  canvas: HTMLCanvasElement;
}

const MOST_PIECE_PX = 2048;
/** Discs and rings reach this far beyond their points, CSS px. */
const REACH_PX = 12;
const HALO_PX = 4;

/** The picture cannot be made; the message says why. */
export class PictureError extends Error {
  override name = "PictureError";
}

/** What of the stage lies in the picture: all that no panel covers. */
export function openSize({ view, insets }: PictureParts): Size {
  return {
    width: Math.max(1, Math.round(view.size.width - insets.left - insets.right)),
    height: Math.max(1, Math.round(view.size.height - insets.top - insets.bottom)),
  };
}

export function sheetOf(parts: PictureParts, choices: PictureChoices): Sheet {
  const { insets, legend, inks } = parts;
  const names = parts.names.map((name) => ({ ...name, x: name.x - insets.left, y: name.y - insets.top }));
  return layOutSheet(openSize(parts), { choices, legend, names, inks }, measurer(parts.family));
}

/** Draws points and land. `report`: the share that is done; waits between pieces, so that the page stays awake. */
export async function drawGround(
  parts: PictureParts,
  scale: number,
  { report, signal }: { report?: (share: number) => void; signal?: AbortSignal } = {},
): Promise<Ground> {
  const { width, height } = openSize(parts);
  const canvas = newCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = contextOf(canvas);
  const glCanvas = document.createElement("canvas");
  const renderer = Renderer.create(glCanvas, () => undefined);
  if (!renderer) throw new PictureError("This browser gives no second WebGL2 context to draw the picture with.");
  try {
    renderer.drawLike(parts.renderer);
    const { gl } = renderer;
    const limit = Math.min(gl.getParameter(gl.MAX_RENDERBUFFER_SIZE) as number, gl.getParameter(gl.MAX_VIEWPORT_DIMS)[0] as number);
    const whole = parts.frame(scale);
    // A point whose middle lies outside is not drawn at all: pieces are drawn with an edge that is cut off.
    const edge = Math.ceil(scale * (REACH_PX + whole.points.diameter / scale / 2));
    const pieces = piecesOf(canvas.width, canvas.height, Math.min(MOST_PIECE_PX, limit - 2 * edge));
    for (const [place, piece] of pieces.entries()) {
      signal?.throwIfAborted();
      renderer.draw(pieceOf(whole, piece, { parts, scale, edge }));
      context.drawImage(glCanvas, edge, edge, piece.width, piece.height, piece.x, piece.y, piece.width, piece.height);
      report?.((place + 1) / pieces.length);
      if (pieces.length > 1) await new Promise((resolve) => setTimeout(resolve));
    }
  } finally {
    renderer.destroy();
  }
  return { scale, canvas };
}

/** The frame of one piece and its edge. */
function pieceOf(
  whole: Frame,
  piece: { x: number; y: number; width: number; height: number },
  { parts, scale, edge }: { parts: PictureParts; scale: number; edge: number },
): Frame {
  const left = parts.insets.left + (piece.x - edge) / scale;
  const top = parts.insets.top + (piece.y - edge) / scale;
  const [width, height] = [piece.width + 2 * edge, piece.height + 2 * edge];
  const middle = toMap({ x: left + width / scale / 2, y: top + height / scale / 2 }, parts.view);
  return {
    ...whole,
    points: { ...whole.points, camera: middle, width, height },
    marks: whole.marks.map((mark) => ({ ...mark, x: mark.x - left, y: mark.y - top })),
  };
}

/** The whole picture on a canvas: the ground, and what is written. */
export function compose(parts: PictureParts, ground: Ground, choices: PictureChoices, target?: HTMLCanvasElement): HTMLCanvasElement {
  const sheet = sheetOf(parts, choices);
  const { scale } = ground;
  const canvas = target ?? document.createElement("canvas");
  Object.assign(canvas, { width: Math.round(sheet.width * scale), height: Math.round(sheet.height * scale) });
  const context = contextOf(canvas);
  const { inks, family } = parts;
  context.fillStyle = inks.paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(ground.canvas, Math.round(sheet.map.x * scale), Math.round(sheet.map.y * scale));
  context.scale(scale, scale);
  context.strokeStyle = inks.hairline;
  context.strokeRect(sheet.map.x, sheet.map.y, sheet.map.width, sheet.map.height);
  context.lineJoin = "round";
  // Names after all halos: none may eat into another's letters.
  for (const mark of sheet.marks) if (mark.kind === "text" && mark.hasHalo) drawText(context, mark, family, inks.paper);
  for (const mark of sheet.marks) drawMark(context, mark, family);
  return canvas;
}

/** The file. */
export async function drawPicture(
  parts: PictureParts,
  choices: PictureChoices,
  options: { report?: (share: number) => void; signal?: AbortSignal } = {},
): Promise<Blob> {
  const sheet = sheetOf(parts, choices);
  const problem = tooLarge(sheet, choices.scale);
  if (problem) throw new PictureError(`${problem} Choose a smaller one.`);
  const ground = await drawGround(parts, choices.scale, options);
  if (choices.format === "png") return pngOf(compose(parts, ground, choices));
  const image = await dataAddress(await pngOf(ground.canvas));
  const svg = toSvg(sheet, { image, inks: parts.inks, family: parts.family, title: choices.title || "Map" });
  return new Blob([svg], { type: "image/svg+xml" });
}

function drawMark(context: CanvasRenderingContext2D, mark: PictureMark, family: string): void {
  if (mark.kind === "text") return drawText(context, mark, family, null);
  context.fillStyle = mark.color;
  if (mark.kind === "bar") return context.fillRect(mark.x, mark.y, mark.width, mark.height);
  context.beginPath();
  context.arc(mark.x, mark.y, mark.isHollow ? mark.radius - 0.75 : mark.radius, 0, 2 * Math.PI);
  if (!mark.isHollow) return context.fill();
  context.strokeStyle = mark.color;
  context.lineWidth = 1.5;
  context.stroke();
}

/** Writes a text, or with `halo` what lies around its letters. */
function drawText(context: CanvasRenderingContext2D, mark: PictureMark & { kind: "text" }, family: string, halo: string | null): void {
  setFont(context, mark.font, family);
  context.textAlign = mark.anchor === "middle" ? "center" : mark.anchor;
  // The space after the last letter counts as well: without this, words would stand off their middle.
  const x = mark.x + (mark.anchor === "middle" ? (mark.font.spacingEm * mark.font.size) / 2 : 0);
  if (halo) {
    context.strokeStyle = halo;
    context.lineWidth = HALO_PX;
    context.strokeText(mark.text, x, mark.y);
  } else {
    context.fillStyle = mark.color;
    context.fillText(mark.text, x, mark.y);
  }
}

function setFont(context: CanvasRenderingContext2D, font: PictureFont, family: string): void {
  context.font = `${font.weight} ${font.size}px ${family}`;
  // Older browsers set letters without more space between them.
  if ("letterSpacing" in context) context.letterSpacing = `${font.spacingEm * font.size}px`;
}

function measurer(family: string): MeasureText {
  const context = contextOf(document.createElement("canvas"));
  return (text, font) => {
    setFont(context, font, family);
    return context.measureText(text).width;
  };
}

function newCanvas(width: number, height: number): HTMLCanvasElement {
  return Object.assign(document.createElement("canvas"), { width, height });
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new PictureError("The browser has no memory left for a picture of this size. Choose a smaller one.");
  return context;
}

async function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new PictureError("The browser has no memory left for a picture of this size. Choose a smaller one.");
  return blob;
}

async function dataAddress(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  const step = 0x8000; // as many arguments as a call may have
  for (let at = 0; at < bytes.length; at += step) text += String.fromCharCode(...bytes.subarray(at, at + step));
  return `data:${blob.type};base64,${btoa(text)}`;
}

/** Has the browser save `blob` as a file. */
export function saveFile(blob: Blob, name: string): void {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  // Not at once: the browser reads the address after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
