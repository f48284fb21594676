type Heard = (...given: never[]) => void;

/** The part of anywidget's model that the page uses: https://anywidget.dev/en/afm/. */
export interface Model {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  save_changes(): void;
  on(event: string, heard: Heard): void;
  off(event: string, heard: Heard): void;
  send(message: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

/** Hears one event of the model; returns what stops that. */
export function hear<Given extends unknown[]>(model: Model, event: string, heard: (...given: Given) => void): () => void {
  // What an event gives is known to who hears it.
  const known = heard as unknown as Heard;
  model.on(event, known);
  return () => model.off(event, known);
}
