"""The provenance card that lies beside a dataset: found, and kept with the map that is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from portolan.auditing.provenance import Provenance, declare, fitting_card, text_of_card
from portolan.core.events import PROVENANCE_DECLARED, Event, standing
from portolan.core.provenance_card import ProvenanceCard, read_card
from portolan.errors import InputError
from portolan.loaders import open_source, without_ending
from portolan.stages.run import Tell
from portolan.store import Store

if TYPE_CHECKING:
    from portolan.map import Map

NAME = "provenance"
ENDINGS = (".yaml", ".yml")


def find_card(data: Any) -> Path | None:
    """The card beside a folder's or a file's data; None where there is none, or the data is nothing on the disk.

    Of a file NAME.jsonl: NAME.jsonl.provenance.yaml, NAME.provenance.yaml, provenance.yaml, or with .yml; of a folder
    that in it; of several files that in the folder of all of them.
    """
    files = open_source(data).files
    if not files:
        return None
    stems = []
    if len(files) == 1:
        [file] = files
        stems = [f"{file}.{NAME}", f"{without_ending(str(file))}.{NAME}"]
    folders = {path.parent for path in files}
    if isinstance(data, str | Path) and Path(data).is_dir():
        folders = {Path(data)}
    if len(folders) == 1:
        stems.append(str(folders.pop() / NAME))
    places = (Path(stem + ending) for stem in stems for ending in ENDINGS)
    return next((place for place in places if place.is_file()), None)


def check_card(card: str | Path) -> None:
    """Refuse a card that somebody named and that is none, before any work. Raises CardError or NotFoundError."""
    text, source = text_of_card(card)
    read_card(text, source=source)


def take_up(of: Map, store: Store, data: Any, named: str | Path | None, *, tell: Tell) -> None:
    """Keep the card that was named, or the one that lies beside the data, with the map; say so in a line.

    One that does not fit is told as a warning and left. One that lies beside the data takes the place of no card that
    somebody declared by hand, and is taken up once: who undoes that is not asked again.
    """
    card = named if named is not None else find_card(data)
    if card is None:
        return
    called = Path(card).name if "\n" not in str(card) else "The card"
    try:
        told = fitting_card(of, store, card)
    except InputError as error:
        tell(f"Warning: the provenance card is left out. {error.problem} Fix: {error.fix}")
        return
    events = of.journal.events()
    said = standing(events, (PROVENANCE_DECLARED,))
    if said and _is_of(said[-1], told):
        return
    if named is None and said and not said[-1].payload.get("beside"):
        tell(f"{called} is left: another provenance card was declared. portolan map … --provenance FILE takes it.")
        return
    taken = [one for one in events if one.kind == PROVENANCE_DECLARED and one.payload.get("beside")]
    if named is None and taken and _is_of(taken[-1], told):
        return
    declare(of, store, told, beside=called if named is None else "")
    tell(f"Provenance by {called}: {_in_short(told)}")
    for sentence in Provenance(of, store).unanswered:
        tell(f"Warning: {called}: {sentence}")


def _is_of(event: Event, card: ProvenanceCard) -> bool:
    return ProvenanceCard.from_json(dict(event.payload["card"])) == card


def _in_short(card: ProvenanceCard) -> str:
    """Whose card it is, the columns that it names, and how much is intended."""
    columns = ", ".join(dict.fromkeys(one.column for one in card.columns)) or "no column"
    intended = [
        f"{', '.join(value.intended)} in {value.value}"
        for one in card.columns
        for value in one.values
        if value.intended
    ]
    meant = f"; intended: {'; '.join(intended)}" if intended else ""
    return f"{columns}{meant}{f' (by {card.owner})' if card.owner else ''}."
