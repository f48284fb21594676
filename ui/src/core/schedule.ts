/** A few loads at a time, the most urgent first; those no longer wanted are aborted. */

interface Job {
  key: string;
  run: (signal: AbortSignal) => Promise<void>;
}

export class LoadQueue {
  #waiting: Job[] = [];
  #running = new Map<string, AbortController>();

  constructor(readonly maxRunning = 6) {}

  get nPending(): number {
    return this.#waiting.length + this.#running.size;
  }

  /** Replaces what is wanted, most urgent first. Running jobs that are not in the list are aborted. */
  want(jobs: readonly Job[]): void {
    const keys = new Set(jobs.map((job) => job.key));
    for (const [key, controller] of this.#running) {
      if (!keys.has(key)) {
        controller.abort();
        this.#running.delete(key);
      }
    }
    this.#waiting = jobs.filter((job) => !this.#running.has(job.key));
    this.#next();
  }

  #next(): void {
    while (this.#running.size < this.maxRunning && this.#waiting.length > 0) {
      const job = this.#waiting.shift()!;
      const controller = new AbortController();
      this.#running.set(job.key, controller);
      // A job handles its own failure; what it throws must not stop the queue.
      void job
        .run(controller.signal)
        .catch(() => undefined)
        .finally(() => {
          if (this.#running.get(job.key) === controller) this.#running.delete(job.key);
          this.#next();
        });
    }
  }
}
