/** Whether others changed the map: asked from time to time, only while the page is seen, one question at a time. */

import type { Host } from "./host";

export const PAUSE_MS = 1500;

/** Calls `look` every second or two while the page is seen, and at once when it comes into sight; returns what stops that. */
export function watchMap(host: Pick<Host, "isSeen" | "watchSeen">, look: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLooking = false;
  let isOver = false;

  const wait = () => {
    clearTimeout(timer);
    if (host.isSeen && !isOver) timer = setTimeout(() => void ask(), PAUSE_MS);
  };
  const ask = async () => {
    if (isLooking || isOver) return;
    isLooking = true;
    // Who does not answer now is asked again; what a person asks for meanwhile says what is wrong.
    await look().catch(() => undefined);
    isLooking = false;
    wait();
  };
  const stop = host.watchSeen(() => {
    clearTimeout(timer);
    if (host.isSeen) void ask();
  });
  wait();
  return () => {
    isOver = true;
    clearTimeout(timer);
    stop();
  };
}
