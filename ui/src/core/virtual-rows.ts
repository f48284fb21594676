/**
 * Where rows of a long list stand in a box that scrolls.
 *
 * Browsers draw nothing taller than some 16 to 33 million px, and 10 million rows are ten times that. The scrolled space
 * is therefore at most `TALLEST_PX` high. At its ends a pixel scrolled is a pixel of rows; in between the scroll bar
 * goes faster than the rows would: where a jump of it leads is computed, and from there on the wheel is exact again.
 */

export const TALLEST_PX = 8_000_000;
/** Of the scrolled space, at each end, that is as high as its rows. */
const TRUE_END_PX = 1_000_000;
/** A step of the wheel or of a finger is less, one px of a scroll bar is more. */
const JUMP_PX = 6000;

export interface RowSpace {
  nRows: number;
  rowPx: number;
  /** Height of the box in which one sees rows. */
  viewPx: number;
}

/** What the box has scrolled to. The rows' own place is `scrollTop + shift`. */
export interface Scrolled {
  scrollTop: number;
  /** Px by which rows are further down than the scroll bar says. */
  shift: number;
}

/** Height of the space that is scrolled. */
export function spacePx({ nRows, rowPx }: RowSpace): number {
  return Math.min(nRows * rowPx, TALLEST_PX);
}

function furthest(space: RowSpace): { bar: number; rows: number } {
  return {
    bar: Math.max(0, spacePx(space) - space.viewPx),
    rows: Math.max(0, space.nRows * space.rowPx - space.viewPx),
  };
}

/** The rows' px that a place of the scroll bar stands for. */
export function rowsAt(scrollTop: number, space: RowSpace): number {
  const { bar, rows } = furthest(space);
  const at = Math.min(bar, Math.max(0, scrollTop));
  if (rows === bar || at <= TRUE_END_PX) return at;
  if (bar - at <= TRUE_END_PX) return rows - (bar - at);
  const share = (at - TRUE_END_PX) / (bar - 2 * TRUE_END_PX);
  return Math.round(TRUE_END_PX + share * (rows - 2 * TRUE_END_PX));
}

/** The place of the scroll bar that stands for rows' px: the other way round. */
export function barAt(rowsPx: number, space: RowSpace): number {
  const { bar, rows } = furthest(space);
  const at = Math.min(rows, Math.max(0, rowsPx));
  if (rows === bar || at <= TRUE_END_PX) return at;
  if (rows - at <= TRUE_END_PX) return bar - (rows - at);
  const share = (at - TRUE_END_PX) / (rows - 2 * TRUE_END_PX);
  return Math.round(TRUE_END_PX + share * (bar - 2 * TRUE_END_PX));
}

/** What the box shows once its scroll bar has gone from `before` to `scrollTop`. */
export function scrolledTo(scrollTop: number, before: Scrolled, space: RowSpace): Scrolled {
  const { bar } = furthest(space);
  const isStep = Math.abs(scrollTop - before.scrollTop) < JUMP_PX;
  const isAtEnd = scrollTop <= 0 || scrollTop >= bar;
  return { scrollTop, shift: isStep && !isAtEnd ? before.shift : rowsAt(scrollTop, space) - scrollTop };
}

/** The same rows with the scroll bar where it belongs: steps of the wheel move it too far. */
export function settled({ scrollTop, shift }: Scrolled, space: RowSpace): Scrolled {
  const rows = scrollTop + shift;
  const bar = barAt(rows, space);
  return { scrollTop: bar, shift: rows - bar };
}

/** What shows row `index`, moved as little as can be; `before` where it is in sight. */
export function scrolledToRow(index: number, before: Scrolled, space: RowSpace): Scrolled {
  const top = before.scrollTop + before.shift;
  const rowTop = index * space.rowPx;
  const wanted = Math.min(rowTop, Math.max(top, rowTop + space.rowPx - space.viewPx));
  return wanted === top ? before : settled({ scrollTop: wanted, shift: 0 }, space);
}

/** The rows to draw, [first, end): those in sight and some around. */
export function rowsInSight({ scrollTop, shift }: Scrolled, { nRows, rowPx, viewPx }: RowSpace, around = 6): [number, number] {
  const top = scrollTop + shift;
  const first = Math.max(0, Math.floor(top / rowPx) - around);
  return [Math.min(first, nRows), Math.max(0, Math.min(nRows, Math.ceil((top + viewPx) / rowPx) + around))];
}
