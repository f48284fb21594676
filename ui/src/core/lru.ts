/** Keeps what was used last, within a bound of bytes. */

export class LruBytes<V> {
  #entries = new Map<string, { value: V; bytes: number }>();
  #bytes = 0;

  constructor(
    readonly maxBytes: number,
    /** Called for what is let go. */
    private readonly drop: (value: V, key: string) => void = () => undefined,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value, now the last used. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  peek(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: V, bytes: number): void {
    this.#bytes += bytes - (this.#entries.get(key)?.bytes ?? 0);
    this.#entries.delete(key);
    this.#entries.set(key, { value, bytes });
  }

  /** Lets go of what was not used for longest until the bound holds; never of what `isNeeded`. */
  trim(isNeeded: (key: string) => boolean): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.maxBytes) return;
      if (isNeeded(key)) continue;
      this.#entries.delete(key);
      this.#bytes -= entry.bytes;
      this.drop(entry.value, key);
    }
  }

  values(): V[] {
    return Array.from(this.#entries.values(), (entry) => entry.value);
  }

  clear(): void {
    for (const [key, entry] of this.#entries) this.drop(entry.value, key);
    this.#entries.clear();
    this.#bytes = 0;
  }
}
