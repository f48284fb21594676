"""A map, read: its rows, vectors, points, clusters; search and neighbours; its page.

This is the door, and no more: each method hands on to the module that does it, and keeps what is read. It is long
because it tells, for each, what it takes and what comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.about import card_of, info_of, quality_of, stages_of, version_of
from portolan.choosing import AnyRows
from portolan.clusters import Clusters
from portolan.core.comparison import Comparison
from portolan.core.counted import counted
from portolan.core.decision_conflicts import conflict_lines
from portolan.core.decisions import Decision, decisions_table
from portolan.core.events import Event, SavedView, saved_views
from portolan.core.history import History
from portolan.core.label_tables import conflicts_table, labels_table
from portolan.core.labels import LabelSet
from portolan.core.link import parse_link
from portolan.core.order import parse_sort
from portolan.core.pairs import Reading, reading_of
from portolan.core.rated import agreement_of
from portolan.core.search import Hit
from portolan.deciding import decide
from portolan.editing import Editor
from portolan.fitting import WAIT_S, bring_up_to_date
from portolan.label_page import decision_conflict_page, label_counts, label_page, label_queue
from portolan.labelling import Labeller, events_until, history_of_row, labels_at
from portolan.layouts import add_layout, compared, is_finished, kept_of, notes_of, remove_layout
from portolan.linking import PresentLink, link_part, on_present_layout, show_page
from portolan.preferring import Preference, fit_preference, present_preference
from portolan.progress import Bars, tell_on_stderr
from portolan.running import background
from portolan.scoring import ScoreNote, ScorePlan, choice_of, notes_of_scores, plan_score, score, score_values
from portolan.searching import Searcher
from portolan.stages.edit import mend_tiles
from portolan.stages.measured import read_measured
from portolan.stages.run import tell_nobody
from portolan.store import FolderStore, Journal, Store
from portolan.teaching import Concept, Teacher
from portolan.types import ClusterIds, Layout, Points, Roles, RowIds, Side, Vectors
from portolan.views import delete_view, rename_view, save_view

if TYPE_CHECKING:
    from portolan.audit_page import AuditPage
    from portolan.auditing import Findings
    from portolan.auditing.provenance import Provenance
    from portolan.clean_page import CleanPage
    from portolan.core.cleaning import Cleaned
    from portolan.core.effect_told import Effect
    from portolan.core.palette import PaletteName
    from portolan.core.provenance_card import ProvenanceCard
    from portolan.core.recipe import Recipe
    from portolan.core.shortcuts_told import Shortcuts
    from portolan.effecting import Effects
    from portolan.exporting import Exported
    from portolan.filtering import Filterer
    from portolan.pairs import Pairs
    from portolan.pictures.parts import Picture
    from portolan.publishing import Published
    from portolan.recipes import AnyRecipe
    from portolan.reporting import Reported
    from portolan.score_page import ScorePage
    from portolan.tabling import Tabler
    from portolan.viewing import View
    from portolan.widget import Widget

FINISHED = "index"
"""The stage after which a map is whole."""


class Map:
    """A map in a folder. Get one from `portolan.map_text` or `portolan.open_map`.

    What is read is kept, so a second look costs nothing; a map that changes on disk is opened anew.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._manifest = store.manifest
        self._clusters = Clusters(store, manifest=lambda: self._manifest, points=lambda: self.points)
        self._preference: Preference | None = None

    @classmethod
    def open(cls, path: str | Path) -> Map:
        """The map in the folder `path`.

        Raises
        ------
        NotFoundError
            There is no such folder.
        MapFormatError
            It is no map, or of a newer format.
        """
        store = FolderStore.open(path)
        mend_tiles(store)
        return cls(store)

    # What it is.

    @property
    def path(self) -> Path:
        """The map's folder."""
        return self._store.path

    @property
    def name(self) -> str:
        """What the map is called."""
        return str(self._manifest.facts.get("name", self.path.stem))

    @property
    def description(self) -> str:
        """A sentence about the data, as given."""
        return str(self._manifest.facts.get("description", ""))

    @property
    def layout_id(self) -> str | None:
        """Names the layout's tiles; None until there are any."""
        return self._store.layout if self._store.has("tiles") else None

    def fit_tiles(self) -> None:
        """Bring what stands beside the tiles up to what people did and said, from wherever they did."""
        bring_up_to_date(self._store.main, wait_s=WAIT_S)

    def tiles_folder(self) -> Path:
        """The folder of the present layout's tiles."""
        return self._store.folder("tiles")

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self._store.n_rows

    def __len__(self) -> int:
        return self.n_rows

    @property
    def roles(self) -> Roles:
        """Which column plays which part."""
        return Roles.from_json(self._manifest.facts.get("roles", {}))

    @property
    def roles_text(self) -> str:
        """The roles as a person reads them."""
        return str(self._manifest.facts.get("roles_text", ""))

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Name and Arrow type of each of the user's columns, in order."""
        return [(field.name, str(field.type)) for field in self._store.schema]

    @property
    def further_columns(self) -> list[tuple[str, str]]:
        """Name and Arrow type of each column beside the user's: of scorers, labels and decisions."""
        own = set(self._store.schema.names)
        return [(name, str(self._store.column_type(name))) for name in self._store.column_names() if name not in own]

    @property
    def quality(self) -> Mapping[str, float]:
        """Quality of the layout, measured on a sample: trustworthiness, recall_at_15, knn_recall, in [0, 1].

        With them, for each layer, `share_in_layer_N`: the share of all rows that are in one of its clusters.
        """
        return quality_of(self._manifest)

    @property
    def stages(self) -> Mapping[str, Any]:
        """What is known of each finished stage: seconds and info."""
        return stages_of(self._manifest)

    @property
    def version(self) -> str:
        """Changes whenever the map does, or what people made or said of it."""
        return version_of(self._manifest, self.edits, self._store.judged.columns())

    @property
    def is_finished(self) -> bool:
        """Whether every stage is done."""
        return FINISHED in self._manifest.stages

    @property
    def is_searchable(self) -> bool:
        """Whether words are indexed (search works before that too, slower)."""
        return self._store.has("search")

    def info(self) -> dict[str, Any]:
        """What `portolan info --json` prints: rows, layers, quality, seconds, peak memory, versions."""
        return info_of(self, self._manifest)

    # What is in it.

    @property
    def rows(self) -> pa.Table:
        """`row_id` (int64, 0 … n-1 at creation) and the user's columns as they came, in input order."""
        return self._store.read_rows()

    @cached_property
    def vectors(self) -> Vectors:
        """Vectors of all rows: float32, shape (n_rows, n_dims)."""
        return self._store.read_vectors()

    @cached_property
    def points(self) -> Points:
        """Positions of all rows: float32, shape (n_rows, 2)."""
        return self._store.read_points()

    @property
    def base(self) -> str:
        """Names the clustering that was found; "" until there is one."""
        return self._clusters.base

    @property
    def cluster_state(self) -> str:
        """Names which rows are together in clusters: another one once any holds other rows."""
        return self._clusters.state if self.base else ""

    @property
    def edits(self) -> list[Event]:
        """Edits of clusters that stand now, in order: another process may add to them at any time."""
        return self._clusters.edits

    @property
    def n_layers(self) -> int:
        """Number of layers; 0 until rows are clustered."""
        return len(self._clusters.counts)

    @property
    def layers(self) -> list[tuple[int, int]]:
        """(layer, number of clusters) of each layer, the finest first."""
        return list(enumerate(self._clusters.counts))

    def cluster_ids(self, layer: int) -> ClusterIds:
        """Each row's cluster in `layer`: int32 (n_rows,); -1 where the row has no text.

        Raises
        ------
        NotFoundError
            There is no such layer.
        """
        return self._clusters.ids(layer)

    @property
    def clusters(self) -> pa.Table:
        """cluster_id, layer, parent_id, name, keyphrases, size, exemplars, density, x, y, is_pinned, note.

        A line a cluster, as people made them: see `edit`. Two more columns, `found` and `origin`, say of what.
        """
        return self._clusters.table

    def clusters_table(self) -> pa.Table:
        """`clusters`; empty until they are named."""
        return self.clusters if self._store.has("topics") else pa.table({})

    # What people did to it.

    @property
    def journal(self) -> Journal:
        """The log of what people did: labels of clusters, views saved. It only grows, and outlives rebuilds."""
        return self._store.journal

    @property
    def history(self) -> History:
        """Everything that was done, in order, each with what undid it; `m.history(17)`: what concerns that row."""
        return History(self.journal.events(), lambda row_id: history_of_row(self._store, row_id))

    @cached_property
    def edit(self) -> Editor:
        """Renames, merges, splits and pins clusters, and writes notes on them; undoes all of that."""
        return Editor(self, self._store)

    @property
    def lost_edits(self) -> list[Event]:
        """Edits whose cluster is no longer there, since the map was clustered anew: they are kept, and do nothing."""
        return self._clusters.edited.lost

    def cluster_of(self, event: Event) -> tuple[int, int] | None:
        """Layer and id of the cluster that an edit is about now; None where it was undone or lost."""
        return self._clusters.edited.found.get(event.id)

    def cluster_page(self, layer: int, cluster_id: int) -> dict[str, Any]:
        """What there is to know of one cluster: exemplars, phrases against its siblings, columns inside and in all.

        Raises
        ------
        NotFoundError
            There is no such cluster.
        """
        from portolan.cluster_page import cluster_page

        return cluster_page(self, self._store, layer, cluster_id)

    # What is said and decided of its rows.

    @cached_property
    def labeller(self) -> Labeller:
        """What `label`, `unlabel` and `define_labels` hand on to."""
        return Labeller(self, self._store)

    def label(
        self,
        set: str,
        value: str,
        *,
        rows: AnyRows | None = None,
        where: str | None = None,
        side: Literal["chosen", "rejected"] | None = None,
        span: tuple[int, int] | None = None,
        note: str = "",
        settles: bool = False,
        reason: str = "",
        author: str | None = None,
    ) -> Event:
        """Give rows a label: one event of the journal, whatever their number. `docs/labels.md` tells more.

        Parameters
        ----------
        set : str
            The set that the label is one of: see `define_labels`; a set that nobody defined takes any value.
        rows : int or sequence of int, optional
            These rows.
        where : str, optional
            The rows that meet this filter expression now.
        side : {"chosen", "rejected"}, optional
            Only that reply of pairs.
        span : (int, int), optional
            Only that part of the text of one row (or of its side), in characters.
        note, reason : str
            Kept with it: about the rows; about why you say so.
        settles : bool
            An adjudicator's word: it goes before what others say of the rows, earlier or later.
        author : str, optional
            By default `$PORTOLAN_AUTHOR`, or the name one is logged in under.

        Raises
        ------
        InputError
            No row is meant; the set has no such label; the rows have no sides.
        NotFoundError
            There is no such row.
        ExpressionError
            `where` cannot be understood.
        """
        about: dict[str, Any] = {"side": side, "span": span, "note": note, "reason": reason, "author": author}
        return self.labeller.label(set, value, rows=rows, where=where, settles=settles, **about)

    def unlabel(
        self,
        set: str,
        value: str | None = None,
        *,
        rows: AnyRows | None = None,
        where: str | None = None,
        side: Literal["chosen", "rejected"] | None = None,
        span: tuple[int, int] | None = None,
        note: str = "",
        of: str | None = None,
        reason: str = "",
        author: str | None = None,
    ) -> Event:
        """Take labels of a set away from rows, all or those of one value; parameters as in `label`.

        Parameters
        ----------
        of : str, optional
            Whose labels: by default the author's own, "*" for everyone's.
        """
        about: dict[str, Any] = {"side": side, "span": span, "note": note, "reason": reason, "author": author}
        return self.labeller.unlabel(set, value, rows=rows, where=where, of=of, **about)

    def define_labels(
        self,
        set: str,
        values: Sequence[str | Mapping[str, str]],
        *,
        description: str = "",
        is_multiple: bool = False,
        reason: str = "",
        author: str | None = None,
    ) -> Event:
        """Define a set of labels, or define it anew.

        Parameters
        ----------
        values : sequence of str or mapping
            Each a name, or {"value": NAME, "color": "#rrggbb", "key": "1"}; none: any value may be given.
        is_multiple : bool
            Whether a row may have several of them.
        """
        return self.labeller.define(
            set, values, description=description, is_multiple=is_multiple, reason=reason, author=author
        )

    @property
    def label_sets(self) -> list[LabelSet]:
        """Sets of labels, by name."""
        return [one for _, one in sorted(self._store.judged.labels().sets.items())]

    def label_counts(self) -> list[dict[str, Any]]:
        """Sets of labels by name: description, is_multiple, is_open, column; of each value how many rows have it."""
        return label_counts(self._store)

    def label_page(
        self, row_ids: Sequence[int] | None, name: str | None, *, only_conflicts: bool, offset: int, limit: int
    ) -> dict[str, Any]:
        """A page of `labels`, with the sets: what the server tells."""
        return label_page(self._store, row_ids, name, only_conflicts=only_conflicts, offset=offset, limit=limit)

    @property
    def labels(self) -> pa.Table:
        """Every label that stands: row_id, set, value, side, author, time, event, note, start, end, reason, settles.

        Each author's own. What a row is taken to be is in the column `label_SET`: `m.filter("label_topic = 'spam'")`.
        """
        return labels_table(self._store.judged.labels())

    def labels_at(self, time: str) -> pa.Table:
        """As `labels`, as they stood at a time: "2026-11-17", which means its end, or "2026-11-17T12:30", in UTC.

        Raises
        ------
        InputError
            It is no such time.
        """
        return labels_at(self._store, time)

    @property
    def label_conflicts(self) -> pa.Table:
        """Labels that contradict each other and nobody settled, in the columns of `labels`: a row's stand together."""
        return conflicts_table(self._store.judged.labels())

    def label_queue(
        self,
        set: str,
        *,
        n_people: int = 2,
        is_begun: bool = False,
        where: str | None = None,
        side: Literal["chosen", "rejected"] | None = None,
        author: str | None = None,
    ) -> RowIds:
        """Rows to label next, where each is to be labelled by several people: ids, in order.

        Those that fewer than `n_people` others labelled and not the author, without those that are settled; what
        others have begun comes first.

        Parameters
        ----------
        is_begun : bool
            Only rows that somebody else has labelled.
        where : str, optional
            Only rows that meet this filter expression.
        author : str, optional
            By default `$PORTOLAN_AUTHOR`, or the name one is logged in under.
        """
        return label_queue(
            self, self._store, set, n_people=n_people, is_begun=is_begun, where=where, side=side, author=author
        )

    def agreement(self, set: str, *, side: Literal["chosen", "rejected"] | None = None) -> dict[str, Any]:
        """How far authors agree on rows that several of them labelled: Cohen's and Fleiss' kappa, Krippendorff's alpha.

        Raises
        ------
        NotFoundError
            There is no such set.
        InputError
            Rows may have several labels of it.
        """
        return agreement_of(self._store.judged.labels(), set, side=side or "")

    def decide(
        self,
        decision: Decision,
        *,
        rows: AnyRows | None = None,
        where: str | None = None,
        edit: Mapping[str, Any] | None = None,
        settles: bool = False,
        between: Sequence[int] | None = None,
        reason: str = "",
        author: str | None = None,
    ) -> Event:
        """Decide what is to become of rows: one event of the journal. The last decision on a row counts.

        Parameters
        ----------
        decision : {"keep", "drop", "flip", "edit", "relabel", "review"}
        edit : mapping, optional
            For edit and relabel: the new value of each column that gets one.
        settles : bool
            An adjudicator's word: it stands in the place of all that people decided of the rows by hand so far.
        between : sequence of int, optional
            Settle what these events decided otherwise than each other: of these rows, or of all that they do so on.

        Raises
        ------
        InputError
            No row is meant, or nothing of that kind can be done to them.
        NotFoundError
            There is no such row; or the events of `between` are not what people last decided.
        """
        about: dict[str, Any] = {"settles": settles, "between": between, "reason": reason, "author": author}
        return decide(self, self._store, decision, rows=rows, where=where, edit=edit, **about)

    @property
    def decisions(self) -> pa.Table:
        """A line for each row that is decided: row_id, decision, reason, author, time, event, rule, edit, settles."""
        return decisions_table(self._store.judged.decisions())

    @property
    def decision_conflicts(self) -> pa.Table:
        """What people last decided by hand, where they contradict each other and nobody settled it: as `decisions`.

        A row's stand together; the last of them is what counts so far.
        """
        return conflict_lines(self._store.judged.decisions())

    def decision_conflict_page(self, *, offset: int, limit: int, n_row_ids: int) -> dict[str, Any]:
        """A page of `decision_conflicts`, rows with the same decisions together: what the server tells."""
        return decision_conflict_page(self._store, offset=offset, limit=limit, n_row_ids=n_row_ids)

    def decisions_at(self, time: str) -> pa.Table:
        """As `decisions`, as they stood at a time; see `labels_at`."""
        return decisions_table(self._store.judged.decisions(events_until(self._store, time)))

    @property
    def views(self) -> list[SavedView]:
        """Saved views, by name."""
        return saved_views(self.journal.events())

    def save_view(self, name: str, link: str, *, where: str = "", author: str | None = None) -> SavedView:
        """Save a link into the page under a name; one of that name is replaced (`history` keeps it).

        Parameters
        ----------
        link : str
            A whole link, or what stands in it after `#`.
        where : str
            The filter in it, as a filter expression.
        """
        return save_view(self.journal, name, link, where=where, author=author)

    def rename_view(self, name: str, to: str, *, author: str | None = None) -> SavedView:
        """Give a saved view another name. Raises NotFoundError, or InputError where the new name is taken."""
        return rename_view(self.journal, name, to, author=author)

    def delete_view(self, name: str, *, author: str | None = None) -> None:
        """Delete a saved view; undoing that brings it back. Raises NotFoundError."""
        delete_view(self.journal, name, author=author)

    # Rows by id.

    def rows_by_id(self, row_ids: Sequence[int]) -> list[dict[str, Any]]:
        """The user's columns of each row, in the order asked. Raises NotFoundError for a row that is not there."""
        rows: list[dict[str, Any]] = self._store.read_rows(row_ids=row_ids).drop_columns("row_id").to_pylist()
        return rows

    def further_by_id(self, row_ids: Sequence[int]) -> list[dict[str, Any]]:
        """`further_columns` of each row, in the order asked; None where there is no value."""
        names = [name for name, _ in self.further_columns]
        further: list[dict[str, Any]] = self._store.read_columns(names, row_ids=row_ids).select(names).to_pylist()
        return further if names else [{} for _ in row_ids]

    def rows_table(self, row_ids: Sequence[int] | RowIds, *, columns: Sequence[str] | None = None) -> pa.Table:
        """`row_id` and the user's columns (all, or those named) of rows, in the order asked.

        Raises
        ------
        NotFoundError
            No row has one of the ids.
        ColumnError
            No column has one of the names.
        """
        return self._store.read_rows(columns=columns, row_ids=row_ids)

    def reading(self, row: dict[str, Any]) -> Reading:
        """One row's turns to typeset."""
        return reading_of(row, self.roles)

    def points_of(self, row_ids: Sequence[int]) -> Points:
        """Positions of rows: float32, shape (len(row_ids), 2)."""
        return self.points[np.asarray(row_ids, dtype=np.int64)]

    def cluster_ids_of(self, row_ids: Sequence[int]) -> list[ClusterIds]:
        """For each layer, the cluster of each row."""
        return [ids[np.asarray(row_ids, dtype=np.int64)] for ids in self._clusters.layers]

    def neighbors(
        self, row_ids: Sequence[int] | RowIds | int, n_neighbors: int = 10
    ) -> tuple[RowIds, NDArray[np.float32]]:
        """The nearest rows of each row, by cosine similarity of the vectors, the nearest first.

        Parameters
        ----------
        row_ids : int or sequence of int

        Returns
        -------
        row_ids : ndarray of int64, shape (n, min(n_neighbors, n_rows - 1))
        similarities : ndarray of float32, same shape, in [-1, 1]
        """
        return self._searcher.neighbors(row_ids, n_neighbors)

    # Search.

    @cached_property
    def _searcher(self) -> Searcher:
        return Searcher(self._store, self.roles, lambda: self.vectors)

    def search(
        self, query: str = "", limit: int = 10, *, like: int | None = None, where: str | None = None
    ) -> list[Hit]:
        """Rows that match `query` by words and by meaning, best first; or rows like the row `like`.

        Words are looked for in the whole text; "exact phrases" must stand in it as they are; -words must not.

        Parameters
        ----------
        where : str, optional
            Only rows that meet this filter expression, of the 10,000 best.
        """
        is_kept = None if where is None else self.filterer.rows(where)
        if like is not None:
            return self._searcher.like(like, limit=limit, is_kept=is_kept)
        return self._searcher.search(query, limit=limit, is_kept=is_kept)

    # Filters.

    @cached_property
    def filterer(self) -> Filterer:
        """Answers filter expressions, and keeps in memory what it has read to do so."""
        # Here, not above: the database and the parser take a tenth of a second to import.
        from portolan.filtering import Filterer

        return Filterer(self._store, self._searcher, self._clusters)

    def filter(self, where: str) -> RowIds:
        """Rows that meet a filter expression, int64, in ascending order. `docs/filters.md` has the grammar.

        Raises
        ------
        ExpressionError
            The expression cannot be understood; says where.

        Examples
        --------
        >>> m.filter("subset = 'helpful-base' AND length(chosen) > 400 AND text('recipe -vegan')")
        """
        row_ids: RowIds = np.flatnonzero(self.filterer.rows(where)).astype(np.int64)
        return row_ids

    # Scores.

    def score(
        self,
        name: str,
        argument: str | None = None,
        *,
        side: Side = "chosen",
        threads: int | None = None,
        progress: bool = True,
    ) -> NDArray[Any]:
        """What a scorer says of each row, shape (n_rows,): computed once and kept. `docs/scorers.md` lists them.

        All its columns can be filtered by, sorted by and coloured by from then on. Run it again after a stop: what a
        costly scorer finished is kept.

        Parameters
        ----------
        name : str
            A scorer as NAME or NAME:ARGUMENT.
        argument : str, optional
            What would follow the colon.
        side : {"chosen", "rejected"}
            Of pairs, whose sides are scored apart: which one to return.

        Returns
        -------
        ndarray of float32; NaN where a row has no text. Booleans are 0 and 1; of tags, their number; of a scorer that
        sorts rows into categories (`language`), an array of str and None.

        Raises
        ------
        UnknownPluginError
            There is no such scorer.
        InputError
            The scorer cannot work so: it needs an argument, or the map is not finished.
        """
        with Bars(is_shown=progress) as bars:
            tell = bars.telling(tell_on_stderr) if progress else tell_nobody
            note = score(self._store, choice_of(name, argument), threads=threads, report=bars, tell=tell)
        self.look_again()
        return score_values(self._store, note, side=side)

    def plan_score(self, name: str) -> ScorePlan:
        """What `score` would read (of a large map about) and cost; runs nothing. Raises as `score` does."""
        return plan_score(self._store, name)

    # Preferences.

    @property
    def preference(self) -> Preference:
        """The preference model of a map of pairs: what it says of each, and how good it is. `docs/preference.md`.

        The one that was fitted last; where none was, or the rows have changed since, the default is fitted now.

        Raises
        ------
        InputError
            The rows are no pairs, or too few of them have a winner.
        """
        return self.fit_preference() if not self.has_preference or self._preference is None else self._preference

    @property
    def has_preference(self) -> bool:
        """Whether a preference model of the present rows stands: `preference` then has nothing to fit."""
        self._preference = present_preference(self._store, self._preference)
        return self._preference is not None and self._preference.is_current

    def fit_preference(self, model: str = "linear", *, threads: int | None = None, progress: bool = True) -> Preference:
        """Fit a preference model to the map's pairs; its columns can be filtered, sorted and coloured by from then on.

        It takes the place of the one that was there. A costly one that was stopped goes on.

        Parameters
        ----------
        model : str
            NAME or NAME:ARGUMENT: `linear`, `encoder`, `hf:NAME_OR_FOLDER`, `judge:MODEL`, `columns:CHOSEN,REJECTED`.

        Raises
        ------
        UnknownPluginError
            There is no such model.
        InputError
            The rows are no pairs, too few of them have a winner, or the model cannot work so.
        """
        with Bars(is_shown=progress) as bars:
            tell = bars.telling(tell_on_stderr) if progress else tell_nobody
            found = fit_preference(self._store, model, threads=threads, report=bars, tell=tell)
        self.look_again()
        return found

    @property
    def shortcuts(self) -> Shortcuts:
        """How far length, punctuation, style, writer or position alone tell the choice; by provenance and by topic.

        `print(m.shortcuts)` shows it; see `docs/preference.md`. A preference model is fitted where there is none.

        Raises
        ------
        InputError
            The rows are no pairs, or too few of them have a winner.
        """
        from portolan.auditing.shortcuts import shortcuts

        return shortcuts(self, self._store, self.preference)

    @property
    def scores(self) -> list[ScoreNote]:
        """What scorers have left: names, columns, key, how good each is (its card)."""
        return notes_of_scores(self._store)

    def measured(self, column: str) -> pa.Array:
        """Values of a measured column (a scorer's), in row order. Raises NotFoundError."""
        return read_measured(self._store, column)

    # What pairs do to a preference model.

    @cached_property
    def effects(self) -> Effects:
        """Experiments on the pairs. `m.effects.kept()` lists what was measured on the rows as they are."""
        from portolan.effecting import Effects

        return Effects(self, self._store)

    def effect(
        self,
        drop: str | None = None,
        *,
        flip: str | None = None,
        relabel: str | None = None,
        to: float = 0.5,
        weights: str | Sequence[float] | NDArray[Any] | None = None,
        seeds: int = 20,
        splits: int | None = None,
        probes: Any = True,
        random_state: int = 0,
        threads: int | None = None,
        progress: bool = True,
    ) -> Effect:
        """What a preference model loses or gains when some pairs are dropped, flipped, relabelled or weighted.

        Fitted with and without, and with the same done to as many random pairs of the same composition; measured on
        held-out pairs and on probes. Kept: the same is told at once when asked again. `docs/effect.md` tells more.

        Pairs that are picked by what a model says of them that has learnt from the choices they are tested on are
        picked anew for each fold (`preference` of the linear model), or no effect is claimed (`influence` and others):
        `picked` tells which.

        Parameters
        ----------
        drop, flip, relabel : str
            A filter expression; one of the three, or `weights`.
        to : float
            Of `relabel`: the chance, in [0, 1], that the chosen reply is the better one.
        weights : str or sequence of float
            How often each row counts; an expression over columns, or n_rows numbers.
        seeds : int
            Random draws to compare with.
        splits : int, optional
            Ways to fold the pairs, over which everything is averaged: by default 3, of more than 50,000 pairs 1.
        probes : bool or source
            True: the bundled probe pairs; False: none; else pairs of your own, with a column `kind` if of several.

        Raises
        ------
        InputError
            The rows are no pairs; no pair is selected, or all are; not exactly one change is asked for.
        ExpressionError
            The expression cannot be understood.

        Examples
        --------
        >>> m.effect("subset = 'harmless-base' AND refusal_rejected", seeds=40).verdict
        """
        from portolan.effecting import Asked

        with Bars(is_shown=progress) as bars:
            found = self.effects.measure(
                Asked(drop, flip, relabel, to, weights),
                seeds=seeds, splits=splits, probes=probes, random_state=random_state, threads=threads, report=bars,
            )  # fmt: skip
        self._manifest = self._store.manifest
        return found

    def influence(
        self, of: str = "log_loss", *, probes: Any = True, threads: int | None = None, progress: bool = True
    ) -> NDArray[np.float32]:
        """How much each pair does for what a preference model says of held-out pairs: float32, shape (n_rows,).

        Positive: better with the pair than without. Kept as the column `influence`, which the map colours by and
        filters and tables know. By closed form, not by fitting again: see `docs/effect.md`. It knows the choices that
        an experiment tests on: of pairs that are picked by it `effect` claims nothing.

        Parameters
        ----------
        of : str
            "log_loss" (nats over all held-out pairs), "chance" (of the chosen replies, summed), or a kind of probes
            (mean margin, log-odds).
        probes : bool or source
            As in `effect`.

        Raises
        ------
        InputError
            The rows are no pairs, or there is no such outcome.
        """
        with Bars(is_shown=progress) as bars:
            found = self.effects.influence(of, probes=probes, threads=threads, report=bars)
        self.look_again()
        return found

    # Concepts.

    @cached_property
    def teacher(self) -> Teacher:
        """What `teach`, `concepts` and `concept` hand on to."""
        return Teacher(self, self._store)

    def teach(
        self, name: str, *, set: str, value: str | Sequence[str], description: str = "", cut: float = 0.5
    ) -> Concept:
        """Learn from the labels of a set which rows are it, and score all rows: `docs/concepts.md` tells more.

        Parameters
        ----------
        name : str
            Letters, digits and _: the chances are in the column `concept_NAME`.
        value : str or sequence of str
            The labels that are it; the set's others are not. At least five rows of each.
        cut : float
            The chance that precision and recall are told at.

        Raises
        ------
        InputError
            There are too few labels, or the set has none of that value.
        NotFoundError
            There is no such set.
        """
        values = [value] if isinstance(value, str) else list(value)
        concept = self.teacher.teach(name, set=set, values=values, description=description, cut=cut)
        self.look_again()
        return concept

    @property
    def concepts(self) -> list[Concept]:
        """The concepts that were taught on this map, by name."""
        return self.teacher.concepts()

    def concept(self, name: str) -> Concept:
        """The concept of that name. Raises NotFoundError."""
        return self.teacher.concept(name)

    # The audit of preference pairs.

    @cached_property
    def pairs(self) -> Pairs:
        """The pairs: statistics (`print(m.pairs)`), facts of each, and a table of prompt, chosen and rejected.

        Raises
        ------
        InputError
            The rows are no pairs.
        """
        from portolan.pairs import Pairs

        return Pairs(self._store, self.roles)

    @cached_property
    def findings(self) -> Findings:
        """Findings of the audit by name, looked for when first asked for. `docs/audit.md` tells of each.

        Examples
        --------
        >>> m.findings["doubly-egregious"].row_ids[:10]
        >>> print(m.findings)
        """
        from portolan.auditing import Findings

        return Findings(self, self._store)

    @property
    def provenance(self) -> Provenance:
        """Where rows came from: what was declared, else the columns that look like it. `docs/provenance.md`."""
        from portolan.auditing.provenance import Provenance

        return Provenance(self, self._store)

    def declare_provenance(self, card: str | Path | ProvenanceCard, *, author: str | None = None) -> Event:
        """Keep a provenance card (its file, its YAML), in place of the one before: one event of the journal.

        Raises
        ------
        CardError
            It cannot be understood, or names a column that the map has not; says where.
        """
        from portolan.auditing.provenance import declare

        return declare(self, self._store, card, author=author)

    def report(
        self,
        path: str | Path,
        *,
        findings: Sequence[str] | None = None,
        drop: Sequence[str] = (),
        seeds: int = 20,
        examples: Literal["none", "redacted", "blurred", "shown"] = "none",
        link: str = "",
        texts: str | Path | None = None,
        date: str = "",
        threads: int | None = None,
    ) -> Reported:
        """Write the map and its audit as an article. `docs/report.md` tells of its parts.

        Parameters
        ----------
        path : str or Path
            Ends in .html (one file that is read anywhere and prints), .md (drawings beside it) or .json.
        findings : sequence of str, optional
            Only these.
        drop : sequence of str
            Filter expressions: what dropping their pairs changes is measured, with `seeds` random draws. Experiments
            that were made before are told in any case.
        examples : {"none", "redacted", "blurred", "shown"}
            Texts of each finding's surest rows: none; all but little words masked; under a blur; as they are.
        link : str
            The address of the map's page, where it is published: for live links.
        texts : str or Path, optional
            A file of texts in place of the report's own: see `report_texts`.
        date : str
            The date that it gives; today's unless given.

        Raises
        ------
        InputError
            The ending is none of these; what is asked for makes no sense; a text has no place.
        NotFoundError
            There is no such finding or file.
        MapWriteError
            It cannot be written.
        """
        from portolan.reporting import ReportOptions, make_report

        about = ReportOptions(
            examples=examples, findings=None if findings is None else tuple(findings), link_base=link, drop=tuple(drop),
            seeds=seeds, day=date, threads=threads,
        )  # fmt: skip
        return make_report(self, Path(path).expanduser(), about, texts=None if texts is None else Path(texts))

    def report_texts(self, path: str | Path, **about: Any) -> Path:
        """Write the texts of a report by their keys, for a person to write anew; `about` as in `report`.

        Raises
        ------
        InputError
            The file is there already.
        """
        from portolan.reporting import ReportOptions, save_texts

        told = {name: value for name, value in about.items() if name in ("examples", "seeds", "threads")}
        findings = about.get("findings")
        options = ReportOptions(
            **told, findings=None if findings is None else tuple(findings), link_base=about.get("link", ""),
            drop=tuple(about.get("drop", ())), day=about.get("date", ""),
        )  # fmt: skip
        return save_texts(self, Path(path).expanduser(), options)

    # Pictures.

    def picture(
        self,
        path: str | Path,
        *,
        region: tuple[float, float, float, float] | None = None,
        cluster: tuple[int, int] | None = None,
        where: str | None = None,
        color: str | None = None,
        scale: float = 2,
        width: int = 1600,
        height: int = 1000,
        title: str | None = None,
        caption: str | None = None,
        theme: Literal["light", "dark"] = "light",
        palette: PaletteName = "portolan",
        names: bool = True,
        legend: bool = True,
    ) -> Picture:
        """Draw the map into a PNG or SVG file, without a browser. `docs/pictures.md` shows some.

        Parameters
        ----------
        path : str or Path
            Ends in .png or .svg.
        region : (x0, y0, x1, y1), optional
            The part of the map to show, map units.
        cluster : (layer, cluster_id), optional
            The cluster to show.
        where : str, optional
            A filter expression; rows that do not meet it are faded.
        color : str, optional
            The column that colours; the coarsest clusters unless given.
        scale : float
            Pixels for one of `width` and `height`, 1 to 8. Letters and points grow with it.
        title, caption : str, optional
            Unless given, the map's name and the number of rows; "" for none.
        palette : {"portolan", "distinct", "okabe-ito"}
            Colours of topics and values. The last two are safe for colour-blind eyes.

        Raises
        ------
        InputError
            What is asked for cannot be drawn; the map has no points yet; the filter cannot be understood.
        NotFoundError
            There is no such column or cluster.
        MapWriteError
            The file cannot be written.
        """
        from portolan.core.picture import PictureOptions
        from portolan.pictures.make import save_picture
        from portolan.pictures.parts import map_parts

        options = PictureOptions(
            region=region, cluster=cluster, where=where, color=color, scale=scale, width=width, height=height,
            title=title, caption=caption, theme=theme, palette=palette, names=names, legend=legend,
        )  # fmt: skip
        return save_picture(path, options, lambda: map_parts(self, where))

    # Rows in an order.

    @cached_property
    def tabler(self) -> Tabler:
        """Lists rows in an order, a page at a time."""
        # Here, not above, as for filters.
        from portolan.tabling import Tabler

        return Tabler(self._store, self.filterer, self._clusters, roles=self.roles)

    def table(
        self,
        where: str | None = None,
        *,
        sort: str | None = None,
        columns: Sequence[str] | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> pa.Table:
        """Rows that meet a filter expression, in an order: `row_id` and the user's columns.

        Parameters
        ----------
        where : str, optional
            As in `filter`; all rows without it.
        sort : str, optional
            A column or an expression over columns, then `desc` for the largest first; rows without a value come last,
            rows of equal value by row_id. Without it rows stand by row_id.
        columns : sequence of str, optional
            Only these of the user's columns.

        Examples
        --------
        >>> m.table("subset = 'helpful-base'", sort="length(chosen) desc", limit=20)
        """
        order = None if sort is None else parse_sort(sort, self.tabler.columns)
        page = self.tabler.page(where=where, sort=order, offset=offset, limit=limit)
        return self._store.read_rows(columns=columns, row_ids=page.row_ids)

    # Cleaned.

    @property
    def recipe(self) -> Recipe:
        """What is decided now: rules that were applied, and decisions by hand. `str(m.recipe)` is its YAML."""
        from portolan.decided import standing_decisions
        from portolan.recipes import recipe_now

        return recipe_now(self._store, standing_decisions(self._store))

    def clean(
        self,
        recipe: AnyRecipe,
        dry_run: bool = False,
        *,
        by: Sequence[str] | None = None,
        author: str | None = None,
    ) -> Cleaned:
        """Apply a recipe: one event a rule; or tell what it would do. Applied again it changes nothing.

        A recipe of the same name that was applied before is replaced by this one. Rows decided by hand, or by another
        recipe, stay as they are. `docs/cleaning.md` has the grammar.

        Parameters
        ----------
        recipe : Recipe, path, str or mapping
            A recipe, its file, its YAML, or what its YAML says.
        dry_run : bool
            Only tell.
        by : sequence of str, optional
            Columns to count by; by default the map's categories.

        Raises
        ------
        RecipeError
            It cannot be understood, or asks for what the map has not; says where.
        """
        from portolan.cleaning import clean
        from portolan.recipes import load_recipe

        return clean(self, self._store, load_recipe(recipe), dry_run=dry_run, by=by, author=author)

    def restore(self, *, undo: bool = False, reason: str = "", author: str | None = None) -> list[Event]:
        """Take back every decision in one step; `undo=True` has them back. Returns the events that do so.

        Raises
        ------
        NotFoundError
            There is no restore to undo.
        """
        from portolan.decided import restore, undo_restore

        return (undo_restore if undo else restore)(self._store, reason=reason, author=author)

    def export(
        self,
        path: str | Path,
        *,
        replace: bool = False,
        source: str | Path | None = None,
        progress: bool = True,
    ) -> Exported:
        """Write the dataset with the decisions applied, in the input's own columns and order.

        Beside it: PATH.removed.parquet, PATH.changes.jsonl, PATH.card.md, PATH.recipe.yaml; where anything was declared
        or said of where rows came from, PATH.provenance.yaml, which a map of the export takes up. What the map was made
        from is never changed. `docs/cleaning.md` says what is equal to it, and how.

        Parameters
        ----------
        path : str or Path
            Ends in .jsonl, .jsonl.gz, .parquet, .csv or .arrow; else a folder that `datasets.load_dataset` reads.
        replace : bool
            Replace what an earlier export left there.
        source : str or Path, optional
            The file that the map was made from, where it lies elsewhere by now: untouched lines are taken from it.

        Raises
        ------
        InputError
            The place is taken, or is the source itself; the format is not written.
        MapWriteError
            It cannot be written.
        """
        from portolan.exporting import export

        asked = None if source is None else Path(source)
        with Bars(is_shown=progress) as bars:
            return export(self, self._store, Path(path), is_replacing=replace, source=asked, report=bars)

    @cached_property
    def clean_page(self) -> CleanPage:
        """What the page does with recipes, decisions and exports."""
        from portolan.clean_page import CleanPage

        return CleanPage(self, self._store)

    @cached_property
    def audit_page(self) -> AuditPage:
        """What the page does with the audit."""
        from portolan.audit_page import AuditPage

        return AuditPage(self, self._store)

    @cached_property
    def score_page(self) -> ScorePage:
        """What the page does with scorers."""
        from portolan.score_page import ScorePage

        return ScorePage(self, self._store)

    # Published.

    def publish(
        self,
        folder: str | Path,
        *,
        leave_out: Sequence[str] = (),
        texts: Literal["keep", "blur", "drop"] = "keep",
        zip: bool = False,
        replace: bool = False,
        progress: bool = True,
    ) -> Published:
        """Write the map as a folder that any web host serves, without Python. `docs/publish.md` tells more.

        Parameters
        ----------
        leave_out : sequence of str
            Columns of which nothing is published.
        texts : str
            keep; blur, so that no letter can be read; or drop.
        zip : bool
            Write FOLDER.zip beside it, too.
        replace : bool
            Publish into a folder that holds other things, which stay.

        Raises
        ------
        InputError
            The map is not finished, or the folder holds other things.
        ColumnError
            A column to leave out is not there, or the texts are made of it.
        """
        from portolan.publishing import PublishOptions, publish

        options = PublishOptions(leave_out=tuple(leave_out), texts=texts, is_zipped=zip, is_replacing=replace)
        with Bars(is_shown=progress) as bars:
            return publish(self, self._store, Path(folder), options, bars)

    # Further layouts.

    @cached_property
    def layouts(self) -> Mapping[str, Map]:
        """Further layouts of the same rows by name, each a map: its vectors, points, clusters, neighbours."""
        names = self._store.layout_names()
        return {name: Map(self._store.open_layout(name)) for name in names if is_finished(self._store, name)}

    def layout_notes(self) -> list[dict[str, Any]]:
        """What each further layout is made of, and how many neighbours rows keep in it on average."""
        return [notes_of(self._store, name) for name in self.layouts]

    def add_layout(
        self,
        layout: Layout,
        *,
        embedder: str | None = None,
        name: str | None = None,
        threads: int | None = None,
        progress: bool = True,
    ) -> Map:
        """Lay the same rows out by another side of the pairs, or by another embedder, and compare with this layout.

        Run it again after a stop: what is done is kept. `docs/compare.md` tells more.

        Parameters
        ----------
        layout : {"chosen", "prompt", "rejected", "difference"}
            What pairs are laid out by.
        embedder : str, optional
            NAME or NAME:ARGUMENT; by default this map's.
        name : str, optional
            What to call it; by default after `layout`, and after `embedder` where that is another one.

        Raises
        ------
        InputError
            The map is not finished, or is laid out like that already.
        ColumnError
            The rows have no such sides.
        MapLockedError
            Another process is writing this map.
        """
        with Bars(is_shown=progress) as bars:
            made = add_layout(self._store, layout, embedder=embedder, name=name, threads=threads, report=bars)
        self.look_again()
        return self.layouts[made]

    def remove_layout(self, name: str) -> None:
        """Remove a further layout. Raises NotFoundError."""
        remove_layout(self._store, name)
        self.look_again()

    def look_again(self) -> None:
        """Forget what was read of the map, after something was written into it."""
        self._manifest = self._store.manifest
        for kept in ("layouts", "filterer", "tabler"):
            self.__dict__.pop(kept, None)

    def compare(self, name: str) -> Comparison:
        """How far each row's neighbourhood differs in the layout `name`. Raises NotFoundError."""
        return compared(self._store, name, layers=self._clusters.layers, clusters=self.clusters)

    def kept_of(self, row_ids: Sequence[int]) -> list[dict[str, float]]:
        """For each row, by further layout: the share of its nearest rows that are near it there too, in [0, 1].

        A layout in which the row has no neighbours, or none here, is left out.
        """
        return kept_of(self._store, list(self.layouts), row_ids)

    # Its page.

    def link(
        self,
        *,
        rows: Sequence[int] | None = None,
        cluster: int | None = None,
        layer: int | None = None,
        where: str | None = None,
        query: str | None = None,
        color: str | None = None,
        beside: str | None = None,
    ) -> str:
        """A link to the map's page that opens as asked. Starts the map's server if none runs.

        Parameters
        ----------
        rows : sequence of int, optional
            The first is opened in the reader, all are marked.
        cluster : int, optional
            A cluster of `layer` (default: the coarsest).
        where : str, optional
            A filter expression: only these rows are shown.
        query : str, optional
            A search whose results are listed.
        color : str, optional
            The column that points are coloured by.
        beside : str, optional
            A further layout of the rows, shown beside the map's own: one of `layouts`.

        Raises
        ------
        NotFoundError
            There is no such row, cluster, coloured column or further layout.
        ExpressionError
            `where` cannot be understood.
        """
        part = self.link_part(
            rows=rows, cluster=cluster, layer=layer, where=where, query=query, color=color, beside=beside
        )
        return background(self.path) + part

    def link_part(self, **what: Any) -> str:
        """The part of `link` from its `#` on, or "": no server is needed for it. See `link`."""
        return link_part(self, **what)

    def view(self, what: str) -> View:
        """What a link or a saved view shows, in code: its rows, search, cluster, and how they are looked at.

        Parameters
        ----------
        what : str
            A link to the page, its part after `#`, or the name of a saved view.

        Raises
        ------
        NotFoundError
            It is no link, and no saved view has that name.

        Examples
        --------
        >>> m.view("#f=subset%20%3D%20'helpful-base'").rows
        """
        from portolan.viewing import read_view

        return read_view(self, what, store=self._store, saved={view.name: view.link for view in self.views})

    def present_link(self, link: str) -> PresentLink:
        """A link made on a former layout, said of the present one: clusters are found again by their rows."""
        return on_present_layout(parse_link(link), self._store)

    def show(self, *, height: int = 640, beside: str | None = None) -> Any:
        """Open the map's page: in a notebook as a frame, else in the browser. Reuses a server that runs.

        `beside`: a further layout to show beside the map's own. Raises NotFoundError where there is none of that name.
        """
        return show_page(self.path, height=height, part=self.link_part(beside=beside))

    def widget(self, *, height: int = 640) -> Widget:
        """The map's page as a widget of the notebook, over the notebook's own channel; see `portolan.Widget`.

        Raises
        ------
        MissingExtraError
            anywidget is not installed.
        """
        # Above us in the layers, and only there for those who have it installed.
        from portolan.widget import Widget

        return Widget(self, height=height)

    def __repr__(self) -> str:
        size = f"{counted(self.n_rows, 'row')}, {counted(self.n_layers, 'layer')}"
        return f"<portolan.Map {self.name!r}: {size}, {str(self.path)!r}>"

    def _repr_html_(self) -> str:
        return card_of(self)
