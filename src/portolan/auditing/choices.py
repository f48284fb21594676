"""Which scorers an audit uses: what is there already goes before what would have to be run."""

from __future__ import annotations

from portolan.errors import InputError
from portolan.options import plugin_name
from portolan.plugins import scorers
from portolan.scoring import notes_of_scores, score_stage
from portolan.store import Store

STAGE = "audit"
HARM = "harm"
PREFERENCE = "preference"
"""Among a finding's needs: the map's preference model."""
MOST_READ = 20_000
"""Rows of a map up to which harm is told by both steps, in a minute; of more by the linear step alone, in seconds."""


def chosen_scorer(store: Store, need: str, *, harm: str | None = None) -> str:
    """The scorer that stands for what a finding needs, as NAME or NAME:ARGUMENT.

    Scores of that scorer that are there and current are used, with whatever argument they were made. For "harm" it is
    `harm` where that is named, else what the last audit used, else what is there, else both steps of the bundled
    scorer, of large maps its linear one.
    """
    if need == HARM and harm is not None:
        return harm
    name = plugin_name(need)[0]
    there = [note.name for note in notes_of_scores(store) if note.is_current]
    record = store.manifest.stages.get(STAGE)
    if need == HARM and record is not None and record.info[HARM] in there:
        return str(record.info[HARM])
    default = "harm:fast" if need == HARM and store.n_rows > MOST_READ else need
    return next((one for one in there if plugin_name(one)[0] == name), default)


def scorer_key(store: Store, choice: str) -> str:
    """Names what decides a scorer's columns in this map. Raises as `portolan.scoring.score` does."""
    return score_stage(store, choice)[1]


def column_of(choice: str) -> str:
    """The name of a scorer's first column, as the scorer has it."""
    name, argument = plugin_name(choice)
    return scorers.get(name)(argument).columns[0].name


def check_harm(choice: str) -> None:
    """Raise where there is no such scorer, or it does not score texts."""
    name, argument = plugin_name(choice)
    scorer = scorers.get(name)(argument)
    if not hasattr(scorer, "score"):
        raise InputError(
            f"'{choice}' compares whole rows; harm is told of each reply.",
            fix="Name a scorer of texts: --harm harm, --harm hf:MODEL, --harm judge:MODEL,rubric=FILE.",
        )
