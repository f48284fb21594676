/** Wheel, drag, pinch and clicks on the map, as calls. All places in CSS px of the stage. */

export interface GestureEvents {
  pan: (dx: number, dy: number) => void;
  /** Whether a turn of the wheel zooms; else it scrolls what the map stands on. */
  takesWheel: (event: WheelEvent) => boolean;
  zoom: (steps: number, at: Place) => void;
  flyZoom: (steps: number, at: Place) => void;
  point: (at: Place | null, isTouch: boolean) => void;
  /** A finger rests on a place. */
  press: (at: Place) => void;
  click: (at: Place, isTouch: boolean) => void;
  dragging: (isDragging: boolean) => void;
  /** Whether a press draws around rows instead of moving the map. */
  draws: (event: PointerEvent) => boolean;
  /** The line goes on, from where it began. */
  draw: (from: Place, to: Place) => void;
  /** The line ends; `isWhole`: not broken off by a second finger. */
  drawn: (isWhole: boolean) => void;
}

export interface Place {
  x: number;
  y: number;
}

const CLICK_SLOP_PX = 4;
const DOUBLE_CLICK_MS = 320;
/** A tap waits as long for a second one: what it opens would lie under the finger. */
const DOUBLE_TAP_MS = 260;
/** A finger that rests this long asks what lies under it. */
const LONG_PRESS_MS = 450;
/** Speed falls to 1/e in this time. */
const GLIDE_MS = 130;

/** Listens on `element`; returns what stops it. */
export function listen(element: HTMLElement, events: GestureEvents): () => void {
  const stop = new AbortController();
  const pointers = new Map<number, Place>();
  let start: Place | null = null;
  let isDragging = false;
  let isPressed = false;
  let pressing: ReturnType<typeof setTimeout> | undefined;
  let tapping: ReturnType<typeof setTimeout> | undefined;
  let isDrawing = false;
  let glide = 0;
  let velocity = { x: 0, y: 0, at: 0 };
  let clicked = { x: 0, y: 0, at: -Infinity };

  const placeOf = (event: MouseEvent): Place => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    run: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ) => element.addEventListener(type, run, { signal: stop.signal, passive });

  on(
    "wheel",
    (event) => {
      if (!events.takesWheel(event)) return;
      event.preventDefault();
      cancelAnimationFrame(glide);
      const px = event.deltaY * (event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 400 : 1);
      // A pinch on a trackpad comes as a wheel with Ctrl, in small steps.
      const steps = -px * (event.ctrlKey ? 0.012 : 0.0026);
      events.zoom(Math.max(-0.9, Math.min(0.9, steps)), placeOf(event));
    },
    false,
  );

  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    cancelAnimationFrame(glide);
    pointers.set(event.pointerId, placeOf(event));
    if (pointers.size === 1) [start, isDragging, isDrawing] = [placeOf(event), false, events.draws(event)];
    else if (isDrawing) stopDrawing(false);
    velocity = { x: 0, y: 0, at: event.timeStamp };
    clearTimeout(pressing);
    isPressed = false;
    if (event.pointerType !== "touch") return;
    if (pointers.size === 1) {
      events.point(null, true);
      const at = placeOf(event);
      pressing = setTimeout(() => {
        isPressed = true;
        events.press(at);
      }, LONG_PRESS_MS);
    }
  });

  on("pointermove", (event) => {
    const place = placeOf(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      const isOnName = event.target instanceof Element && event.target.closest("button") !== null;
      events.point(isOnName ? null : place, event.pointerType === "touch");
      return;
    }
    if (!isDragging && start && Math.hypot(place.x - start.x, place.y - start.y) < CLICK_SLOP_PX && pointers.size === 1)
      return;
    if (!isDragging) begin(event);
    pointers.set(event.pointerId, place);
    if (isDrawing && start) events.draw(start, place);
    else if (pointers.size >= 2) pinch(event.pointerId, before, place);
    else drag(before, place, event.timeStamp);
  });

  const begin = (event: PointerEvent) => {
    isDragging = true;
    clearTimeout(pressing);
    element.setPointerCapture(event.pointerId);
    events.dragging(true);
    events.point(null, false);
  };

  const stopDrawing = (isWhole: boolean) => {
    isDrawing = false;
    events.drawn(isWhole);
  };

  const drag = (before: Place, place: Place, now: number) => {
    const [dx, dy] = [place.x - before.x, place.y - before.y];
    const elapsed = Math.max(1, now - velocity.at);
    velocity = { x: 0.6 * (dx / elapsed) + 0.4 * velocity.x, y: 0.6 * (dy / elapsed) + 0.4 * velocity.y, at: now };
    events.pan(dx, dy);
  };

  const pinch = (moved: number, before: Place, place: Place) => {
    const other = [...pointers].find(([id]) => id !== moved)?.[1];
    if (!other) return;
    const [was, is] = [before, place].map((p) => Math.max(8, Math.hypot(p.x - other.x, p.y - other.y))) as [
      number,
      number,
    ];
    events.pan((place.x - before.x) / 2, (place.y - before.y) / 2);
    events.zoom(Math.log2(is / was), { x: (place.x + other.x) / 2, y: (place.y + other.y) / 2 });
  };

  const end = (event: PointerEvent) => {
    if (!pointers.delete(event.pointerId)) return;
    clearTimeout(pressing);
    if (pointers.size > 0) return;
    events.dragging(false);
    if (isDrawing) {
      stopDrawing(event.type === "pointerup");
      // A press without a drag while a tool is in hand draws nothing, and opens no row either.
      isDragging = false;
      return;
    }
    if (isDragging) {
      if (event.type === "pointerup" && event.timeStamp - velocity.at < 60) coast();
      isDragging = false;
      return;
    }
    const isOnName = event.target instanceof Element && event.target.closest("button") !== null;
    // What a long press showed stays: lifting the finger is no tap.
    if (event.type === "pointerup" && !isOnName && !isPressed) click(event);
  };
  on("pointerup", end);
  on("pointercancel", end);

  const click = (event: PointerEvent) => {
    const place = placeOf(event);
    const [within, slop] = event.pointerType === "touch" ? [DOUBLE_TAP_MS, 30] : [DOUBLE_CLICK_MS, 12];
    const isDouble = event.timeStamp - clicked.at < within && Math.hypot(place.x - clicked.x, place.y - clicked.y) < slop;
    clearTimeout(tapping);
    clicked = isDouble ? { x: 0, y: 0, at: -Infinity } : { ...place, at: event.timeStamp };
    if (isDouble) events.flyZoom(event.shiftKey ? -1 : 1, place);
    else if (event.pointerType === "touch") tapping = setTimeout(() => events.click(place, true), DOUBLE_TAP_MS);
    else events.click(place, false);
  };

  const coast = () => {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let last = performance.now();
    const step = (now: number) => {
      const elapsed = Math.max(0, now - last);
      last = now;
      events.pan(velocity.x * elapsed, velocity.y * elapsed);
      const fade = Math.exp(-elapsed / GLIDE_MS);
      velocity = { ...velocity, x: velocity.x * fade, y: velocity.y * fade };
      if (Math.hypot(velocity.x, velocity.y) > 0.02) glide = requestAnimationFrame(step);
    };
    glide = requestAnimationFrame(step);
  };

  // A click that ends a drag over a name is no click on the name.
  element.addEventListener(
    "click",
    (event) => {
      if (isDragging) event.stopPropagation();
    },
    { signal: stop.signal, capture: true },
  );
  on("pointerleave", (event) => {
    // A finger that was lifted leaves, too: what its press showed stays until the next touch.
    if (pointers.size === 0 && event.pointerType !== "touch") events.point(null, false);
  });
  on("contextmenu", (event) => (event as PointerEvent).pointerType === "touch" && event.preventDefault(), false);

  return () => {
    cancelAnimationFrame(glide);
    clearTimeout(pressing);
    clearTimeout(tapping);
    stop.abort();
  };
}
