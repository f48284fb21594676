/** The picture that a dialog is about: the view as it was when the dialog opened, its preview and its file. */

import { toMap, toScreen } from "../core/camera";
import { rowNoun } from "../core/format";
import { type PictureChoices, captionOf, fileName, hasAllLand, legendWithin, pictureInsets, tooLarge } from "../core/picture";
import { byTags, countsByTag } from "../core/tags";
import type { Session } from "../state/session.svelte";
import { type Ground, type PictureParts, PictureError, compose, drawGround, drawPicture, openSize, saveFile, sheetOf } from "./picture";
import type { Stage } from "./stage.svelte";

/** The preview is drawn so wide, device px. */
const PREVIEW_PX = 1200;

export class PictureDesk {
  #ground: Promise<Ground> | null = null;

  /** The desk for what a stage shows; null before it shows anything. */
  static async of(stage: Stage | null, session: Session): Promise<PictureDesk | null> {
    const seen = stage?.pictureParts();
    if (!seen) return null;
    const { view } = session;
    const corner = (x: number, y: number) => toScreen({ x, y }, view);
    const { x: left, y: bottom } = corner(view.land.x0, view.land.y0);
    const { x: right, y: top } = corner(view.land.x1, view.land.y1);
    const land = { left, top, right, bottom };
    const parts = { ...seen, insets: pictureInsets(seen.insets, land, view.size) };
    const noun = rowNoun(session.info?.kind ?? "text");
    const about = hasAllLand(parts.insets, land, view.size) ? session.shown : await rowsIn(parts, session);
    if (!about) return new PictureDesk(parts, session.filterWords);
    const legend = parts.legend && "counts" in about && about.counts ? legendWithin(parts.legend, about.counts) : parts.legend;
    return new PictureDesk({ ...parts, legend }, captionOf(about, noun, session.filterWords));
  }

  private constructor(
    private readonly parts: PictureParts,
    /** What stands below to begin with. */
    readonly caption: string,
  ) {}

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

/** The rows in a picture, and how many of each value in its legend; null where the source does not answer. */
async function rowsIn(
  { insets: { left, top, right, bottom }, view, legend }: PictureParts,
  session: Session,
): Promise<{ shown: number; total: number; counts: readonly number[] | null } | null> {
  const [x, y] = [view.size.width - right, view.size.height - bottom];
  const corners = [{ x: left, y: top }, { x, y: top }, { x, y }, { x: left, y }];
  try {
    const { nShown, counts } = await session.rowsWithin(corners.map((at) => toMap(at, view)), legend ? [legend.slug] : []);
    const [column, byCode] = [session.colors.column, legend && counts.get(legend.slug)];
    const ofValues = byCode && column ? countsByTag(byTags(column), byCode) : (byCode ?? null);
    return { shown: nShown, total: session.colors.nRows, counts: ofValues };
  } catch {
    return null;
  }
}
