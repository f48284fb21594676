/** The picture that a dialog is about: the view as it was when the dialog opened, its preview and its file. */

import { type PictureChoices, fileName, tooLarge } from "../core/picture";
import { type Ground, type PictureParts, PictureError, compose, drawGround, drawPicture, openSize, saveFile, sheetOf } from "./picture";
import type { Stage } from "./stage.svelte";

/** The preview is drawn so wide, device px. */
const PREVIEW_PX = 1200;

export class PictureDesk {
  #ground: Promise<Ground> | null = null;

  /** The desk for what a stage shows; null before it shows anything. */
  static of(stage: Stage | null): PictureDesk | null {
    const parts = stage?.pictureParts();
    return parts ? new PictureDesk(parts) : null;
  }

  private constructor(private readonly parts: PictureParts) {}

  /** What the dialog is given. */
  readonly props = {
    sizeOf: (choices: PictureChoices) => this.#sizeOf(choices),
    onPreview: (canvas: HTMLCanvasElement, choices: PictureChoices) => this.#preview(canvas, choices),
    onSave: (choices: PictureChoices, name: string, options: { report: (share: number) => void; signal: AbortSignal }) =>
      this.#save(choices, name, options),
  };

  /** Px of the file, and why it cannot be made, if so. */
  #sizeOf(choices: PictureChoices): { width: number; height: number; problem: string | null } {
    const { width, height } = sheetOf(this.parts, choices);
    const scale = choices.format === "png" ? choices.scale : 1;
    return { width: Math.round(width * scale), height: Math.round(height * scale), problem: tooLarge({ width, height }, choices.scale) };
  }

  async #preview(canvas: HTMLCanvasElement, choices: PictureChoices): Promise<void> {
    this.#ground ??= drawGround(this.parts, Math.min(1, PREVIEW_PX / openSize(this.parts).width));
    compose(this.parts, await this.#ground, choices, canvas);
  }

  async #save(
    choices: PictureChoices,
    name: string,
    options: { report: (share: number) => void; signal: AbortSignal },
  ): Promise<string | null> {
    try {
      const blob = await drawPicture(this.parts, choices, options);
      if (!options.signal.aborted) saveFile(blob, fileName(name, choices.format));
      return null;
    } catch (error) {
      if (options.signal.aborted) return null;
      if (error instanceof PictureError) return error.message;
      throw error;
    }
  }
}
