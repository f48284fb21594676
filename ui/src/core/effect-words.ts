/** How an outcome of an experiment and a difference in it are said: as in the verdict, the report and the terminal. */

const TITLES: Record<string, string> = {
  accuracy: "accuracy",
  log_loss: "log loss",
  recalibrated_log_loss: "recalibrated log loss",
  calibration: "calibration slope",
  agreement: "agreement with the full model",
  probe_margin: "margin",
};
const UNITS: Record<string, string> = {
  accuracy: "percentage points",
  log_loss: "nats",
  recalibrated_log_loss: "nats",
  calibration: "slope",
  agreement: "percentage points",
  probe_margin: "log-odds",
};
/** Outcomes that are shares: told in per cent, differences in them in percentage points. */
const SHARES: ReadonlySet<string> = new Set(["accuracy", "agreement"]);
/** An outcome of the selected rows, which are few: their intervals are wide. */
const SELECTED = "selected";
const MINUS = "−";

/** What was measured with rows and without them. */
export interface Outcome {
  name: string;
  subset: string;
  delta: number | null;
  low: number | null;
  high: number | null;
  smallest: number | null;
}

/** Outcomes that share an axis. */
export interface Panel<O> {
  /** "accuracy", "margin on probes" */
  title: string;
  /** What differences are in. */
  unit: string;
  outcomes: O[];
  /** How far the axis reaches to either side. */
  most: number;
}

/** What an outcome is of: "the other pairs", "subset = helpful-base"; of a probe which. */
export function ofWhat(subset: string, noun = "pair"): string {
  if (subset === "all" || subset === "") return `all ${noun}s`;
  return subset === "not selected" ? `the other ${noun}s` : subset === SELECTED ? `the selected ${noun}s` : subset;
}

/** An outcome within a sentence: "accuracy on the other pairs". */
export function outcomeWords({ name, subset }: Pick<Outcome, "name" | "subset">, noun = "pair"): string {
  if (name === "probe_margin") return `margin on the probes ${subset}`;
  return `${TITLES[name] ?? name.replaceAll("_", " ")} on ${ofWhat(subset, noun)}`;
}

/** A difference without its unit: "+0.06" points, "−0.0002"; no sign where it is written as 0, "–" of no number. */
export function numberWords(name: string, value: number | null, { isSigned = true } = {}): string {
  if (value === null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const told = SHARES.has(name) ? (100 * size).toFixed(2) : size.toFixed(4);
  return !isSigned || Number(told) === 0 ? told : `${value < 0 ? MINUS : "+"}${told}`;
}

/** A difference: of shares "+0.06 points", else "−0.0002". */
export function differenceWords(name: string, value: number | null): string {
  return numberWords(name, value) + (SHARES.has(name) ? " points" : "");
}

/** An outcome's value: "62.28 %", "0.6450"; "–" where there is none. */
export function levelWords(name: string, value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  return SHARES.has(name) ? `${(100 * value).toFixed(2)} %` : value.toFixed(4).replace("-", MINUS);
}

/** A verdict as a first clause that says whether there is an effect, and the figures after it; with true minuses. */
export function inShort(verdict: string): { said: string; more: string } {
  const text = verdict.replace(/(^|[\s(±])-(?=\d)/g, `$1${MINUS}`);
  const end = /[:.] /.exec(text);
  return end ? { said: text.slice(0, end.index + 1), more: text.slice(end.index + 2) } : { said: text, more: "" };
}

/** Outcomes by what they measure, each with an axis of its own; those of the selected rows apart, whose intervals would make the others' short. */
export function panels<O extends Outcome>(outcomes: readonly O[]): Panel<O>[] {
  const by = new Map<string, O[]>();
  for (const one of outcomes) {
    const key = `${one.name}/${one.subset === SELECTED}`;
    by.set(key, [...(by.get(key) ?? []), one]);
  }
  return [...by.values()].map((some) => {
    const { name } = some[0]!;
    const far = some.flatMap((one) => [one.low, one.high, one.smallest, one.delta]).map((value) => Math.abs(value ?? 0));
    const title = name === "probe_margin" ? "margin on probes" : (TITLES[name] ?? name.replaceAll("_", " "));
    return { title, unit: UNITS[name] ?? "", outcomes: some, most: Math.max(...far.filter(Number.isFinite)) || 1 };
  });
}
