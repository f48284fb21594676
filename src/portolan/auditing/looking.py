"""Looks for findings in a map of pairs, and keeps what was found as measured columns of the stage `audit`.

Each finding has a key of its own (the rows, the scorers it needs, its version, or what its expression says now): one
whose key is unchanged is not looked for again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from threading import Thread, get_ident
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.auditing.audited_pairs import MapPairs
from portolan.auditing.choices import HARM, PREFERENCE, STAGE, check_harm, chosen_scorer
from portolan.auditing.harm_power import harm_power
from portolan.auditing.shortcuts import shortcuts
from portolan.auditing.writers import keep_writers, roles_of, writer_columns_of
from portolan.core.finding_status import Defined, defined_findings
from portolan.core.nearest_name import did_you_mean
from portolan.core.parallel import one_blas_thread
from portolan.errors import ExpressionError, InputError, MissingExtraError, UnknownPluginError
from portolan.pairs import check_pairs
from portolan.plugins import Finding, Found
from portolan.plugins import findings as registry
from portolan.stages.measured import COLUMNS, Measured, read_measured, write_measured
from portolan.stages.run import Tell, tell_nobody
from portolan.store import Store
from portolan.store.manifest import stage_key
from portolan.types import Progress, Report, silent

if TYPE_CHECKING:
    from portolan.map import Map

NAMES = "findings"
"""The column that lists, for each row, the findings it is in."""
PROMPT_HARM = "harm_prompt"
NOTES = "findings"
"""Where the stage's info has what is known of each finding."""


@dataclass(frozen=True)
class FindingNote:
    """What the stage keeps of a finding beside its column.

    `is_exact`: its rule compares texts and nothing else, so that every row is what the rule says.
    """

    name: str
    title: str
    what: str
    key: str
    column: str
    count: int
    note: str = ""
    power: Mapping[str, Any] = field(default_factory=dict)
    is_looked_for: bool = True
    is_defined: bool = False
    is_exact: bool = False
    scorers: tuple[str, ...] = ()
    can_tell: bool = True

    @property
    def is_told(self) -> bool:
        """Whether its rows are known, none of them included; else nothing is listed because nothing can be told."""
        return self.is_looked_for and self.can_tell

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> FindingNote:
        """The note that JSON holds."""
        return cls(**{**told, "scorers": tuple(told["scorers"])})


def finding_column(name: str) -> str:
    """The column of a finding's confidence."""
    return f"finding_{name.replace('-', '_')}"


def notes_of_findings(store: Store) -> dict[str, FindingNote]:
    """What is known of each finding that was looked for, by name."""
    record = store.manifest.stages.get(STAGE)
    # Of other rows nothing is left.
    if record is None or record.info["load"] != store.manifest.stages["load"].key:
        return {}
    return {one["name"]: FindingNote.from_json(one) for one in record.info[NOTES]}


def confidence_of(store: Store, note: FindingNote) -> NDArray[np.float32]:
    """How sure a finding is of each row: float32, shape (n_rows,); NaN where a row is not in it."""
    if not note.count:
        return np.full(store.n_rows, np.nan, np.float32)
    values: NDArray[np.float32] = read_measured(store, note.column).to_numpy(zero_copy_only=False)
    return values


def look(
    of: Map,
    store: Store,
    names: Sequence[str] | None = None,
    *,
    harm: str | None = None,
    with_model: bool = True,
    threads: int | None = None,
    report: Report = silent,
    tell: Tell = tell_nobody,
) -> dict[str, FindingNote]:
    """Look for findings, all of them unless some are named; those that are there and current are left as they are.

    Parameters
    ----------
    harm : str, optional
        The scorer that tells harm; by default see `choices.chosen_scorer`.
    with_model : bool
        Whether to look for those that need a preference model, where no names are given.

    Raises
    ------
    InputError
        The map's rows are no pairs.
    UnknownPluginError
        There is no finding, or scorer, of that name.
    """
    roles = roles_of(store)
    check_pairs(roles)
    if harm is not None:
        check_harm(harm)
    if keep_writers(store):
        of.look_again()
    report = _of_this_thread(report)
    defined = defined_findings(of.journal.events())
    asked = list(dict.fromkeys(names)) if names is not None else [*registry.names(), *defined]
    if names is None and not with_model:
        asked = [name for name in asked if name in defined or PREFERENCE not in _built(name).needs]
    pairs = MapPairs(
        store, roles, harm=harm, threads=threads, report=report, tell=tell,
        shortcuts=lambda preference: shortcuts(of, store, preference, threads=threads),
    )  # fmt: skip
    before = notes_of_findings(store)
    found: dict[str, tuple[FindingNote, NDArray[np.float32]]] = {}
    started = time.perf_counter()
    keys: dict[str, str] = {}
    for name in asked:
        own = defined_finding(of, defined[name]) if name in defined else None
        key = own[0].key if own else _key(store, pairs, name)
        if key and name in before and before[name].key == key:
            continue
        if own:
            found[name] = own
        else:
            keys[name] = key
    found.update(_find_all(pairs, keys, report))
    # What was not asked for now stays as it was; a definition that was taken back does not.
    kept = {
        name: note for name, note in before.items() if name not in found and (name in defined or not note.is_defined)
    }
    if found or kept.keys() != before.keys():
        _write(of, store, pairs, kept, found, seconds=time.perf_counter() - started)
    return notes_of_findings(store)


# One finding.


def _built(name: str) -> Finding:
    try:
        return registry.get(name)()
    except UnknownPluginError as error:
        raise UnknownPluginError(
            error.problem,
            fix=f"{did_you_mean(name, registry.names())}{error.fix} "
            "Define one of your own: portolan audit MAP --define NAME EXPR.",
        ) from None


def _key(store: Store, pairs: MapPairs, name: str) -> str:
    try:
        return finding_key(store, pairs.key_of, name)
    except InputError:
        if PREFERENCE not in _built(name).needs:
            raise
        # Too few pairs to learn from: `_find` says so.
        return ""


def finding_key(store: Store, key_of: Callable[[str], str], name: str) -> str:
    """Names what decides the rows of one of Portolan's findings; `key_of` that of what it needs."""
    finding = _built(name)
    load = store.manifest.stages["load"].key
    scorers = [key_of(need) for need in finding.needs]
    roles = roles_of(store)
    told = {"finding": finding.key, "words": _words(finding, roles.kind), "roles": roles.to_json()}
    if getattr(finding, "reads_writers", False):
        told["writers"] = repr(writer_columns_of(store))
    return stage_key(STAGE, inputs=[load, *scorers], parameters=told)


def _find_all(
    pairs: MapPairs, keys: Mapping[str, str], report: Report
) -> dict[str, tuple[FindingNote, NDArray[np.float32]]]:
    """What findings find: those that compare texts in a thread beside those that read scores: half the time."""
    by_scores = [name for name in keys if _built(name).needs]
    by_texts = [name for name in keys if name not in by_scores]
    found: dict[str, tuple[FindingNote, NDArray[np.float32]]] = {}

    def find(names: Sequence[str]) -> None:
        for name in names:
            found[name] = _find(pairs, name, keys[name])
            report(Progress(STAGE, len(found), len(keys), unit="findings"))

    with one_blas_thread():
        beside = _Beside(lambda: find(by_texts))
        find(by_scores)
        beside.wait()
    return found


def _of_this_thread(report: Report) -> Report:
    """`report`, deaf to other threads: bars of two at once could not be read."""
    mine = get_ident()

    def tell(progress: Progress) -> None:
        if get_ident() == mine:
            report(progress)

    return tell


class _Beside(Thread):
    """Does something in a thread that a stopped program does not wait for; `wait` raises what it raised."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Do it."""
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  # raised by `wait`, in the thread that waits
            self._error = error

    def wait(self) -> None:
        """Wait until it is done."""
        self.join()
        if self._error is not None:
            raise self._error


def _find(pairs: MapPairs, name: str, key: str) -> tuple[FindingNote, NDArray[np.float32]]:
    finding = _built(name)
    started = time.perf_counter()
    try:
        found = finding.find(pairs)
    except (MissingExtraError, InputError) as error:
        if isinstance(error, InputError) and PREFERENCE not in finding.needs:
            raise
        # The rest of the audit is worth having. Without a key it is looked for again.
        nowhere = np.full(pairs.n_rows, np.nan, np.float32)
        found, key = Found(nowhere, note=f"{error.problem} {error.fix}", is_looked_for=False), ""
    if HARM in finding.needs and found.is_looked_for and not found.note:
        says, power = harm_power(name, pairs.choice(HARM))
        found = replace(found, note=says, power=power)
    pairs.seconds[name] = round(time.perf_counter() - started, 2)
    confidence = np.asarray(found.confidence, np.float32)
    count = int((~np.isnan(confidence)).sum())
    scorers = tuple(pairs.choice(need) for need in finding.needs) if found.is_looked_for else ()
    title, what = _words(finding, pairs.kind)
    note = FindingNote(
        name, title, what, key, finding_column(name), count, found.note, dict(found.power), found.is_looked_for,
        is_exact=bool(getattr(finding, "is_exact", False)), scorers=scorers,
        can_tell=found.can_tell,
    )  # fmt: skip
    return note, confidence


def _words(finding: Finding, kind: str) -> tuple[str, str]:
    """Title and meaning of a finding on rows of that kind."""
    own = getattr(finding, "of_rankings", None) if kind == "ranking" else None
    title, what = own or (finding.title, finding.what)
    return str(title), str(what)


def defined_finding(of: Map, defined: Defined) -> tuple[FindingNote, NDArray[np.float32]]:
    """The rows of a finding that somebody defined, as its expressions say now.

    Where one of them cannot be answered any more, since a column is gone, it is not looked for: the rest of the audit
    is worth having.
    """
    problem = ""
    try:
        confidence = np.where(of.filterer.rows(defined.where), 1, np.nan).astype(np.float32)
        if defined.score:
            values = of.filterer.numbers(defined.score)
            confidence = np.where(np.isnan(confidence), np.nan, np.clip(values, 0, 1)).astype(np.float32)
    except ExpressionError as error:
        problem = f"{error.problem} Define it anew."
        confidence = np.full(of.n_rows, np.nan, np.float32)
    said = sha256(confidence.tobytes())
    for part in (defined.title, defined.what, defined.where, defined.score, problem):
        said.update(part.encode())
    count = int((~np.isnan(confidence)).sum())
    note = FindingNote(
        defined.name, defined.title, defined.what, said.hexdigest()[:16], finding_column(defined.name), count, problem,
        is_looked_for=not problem, is_defined=True,
    )  # fmt: skip
    return note, confidence


# What is kept.


def _write(
    of: Map,
    store: Store,
    pairs: MapPairs,
    kept: Mapping[str, FindingNote],
    found: Mapping[str, tuple[FindingNote, NDArray[np.float32]]],
    *,
    seconds: float,
) -> None:
    notes = {**kept, **{name: note for name, (note, _) in found.items()}}
    notes = {name: notes[name] for name in sorted(notes)}
    columns: list[Measured] = []
    inside: dict[str, NDArray[np.bool_]] = {}
    for name, note in notes.items():
        if note.count:
            values = found[name][1] if name in found else confidence_of(store, note)
            inside[name] = ~np.isnan(values)
            about = {"what": f"{note.title}: how sure that is, 0 to 1.", "side": None, "finding": name}
            columns.append(Measured(note.column, "number", pa.array(values, from_pandas=True), about))
    columns.append(
        Measured(NAMES, "tags", _names(inside, store.n_rows), {"what": "Findings of the row.", "side": None})
    )
    prompt_harm = _prompt_harm(store, pairs)
    if prompt_harm is not None:
        columns.append(prompt_harm)
    load = store.manifest.stages["load"].key
    key = stage_key(STAGE, inputs=[load], parameters={name: note.key for name, note in notes.items()})
    told = {name: pairs.seconds[name] for name in sorted(pairs.seconds)}
    info = {
        NOTES: [asdict(note) for note in notes.values()], HARM: pairs.choice(HARM), "seconds_of": told,
        "load": load,
    }  # fmt: skip
    write_measured(store, columns, stage=STAGE, key=key, seconds=seconds, info=info)
    of.look_again()


def _names(inside: Mapping[str, NDArray[np.bool_]], n_rows: int) -> pa.Array:
    """The findings of each row, as lists."""
    if not inside:
        return pa.array([[]] * n_rows, pa.list_(pa.string()))
    rows, places = np.nonzero(np.stack(list(inside.values()), axis=1))
    bounds = np.searchsorted(rows, np.arange(n_rows + 1)).astype(np.int32)
    values = pa.array(list(inside)).take(pa.array(places))
    return pa.ListArray.from_arrays(pa.array(bounds), values)


def _prompt_harm(store: Store, pairs: MapPairs) -> Measured | None:
    """What the prompts' harm was found to be, now or before."""
    about = {"what": f"Chance that the prompt is harmful, by {pairs.choice(HARM)}.", "side": None}
    if pairs.knows_prompt_harm:
        return Measured(PROMPT_HARM, "number", pa.array(pairs.prompt_harm, from_pandas=True), about)
    record = store.manifest.stages.get(STAGE)
    before = [one for one in record.info[COLUMNS] if one["name"] == PROMPT_HARM] if record else []
    if not before or not notes_of_findings(store):
        return None
    about = {name: before[0][name] for name in ("what", "side")}
    return Measured(PROMPT_HARM, "number", read_measured(store, PROMPT_HARM), about)


def harm_in_use(store: Store) -> str:
    """The scorer that the last audit told harm by."""
    record = store.manifest.stages.get(STAGE)
    return str(record.info[HARM]) if record is not None else chosen_scorer(store, HARM)
