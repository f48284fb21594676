"""List the names of all clusters of a map as a tree, with a person's judgement of each.

    python tools/list_names.py MAP                                   print names, sizes and keyphrases
    python tools/list_names.py MAP --judged names.tsv -o names.md    the same as a page, with judgements

Each line of the judgements is LAYER, CLUSTER_ID, NAME, good | fair | poor, WHY, parted by tabs. A judgement holds for
the name that it was made of: where the map has another name by now, the page says "not judged".
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path
from typing import Any

import portolan

Line = dict[str, Any]
Judgements = dict[tuple[int, int, str], tuple[str, str]]


def read_judgements(path: Path | None) -> Judgements:
    """Judgement and reason by layer, cluster_id and name."""
    if path is None:
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if len(line) == 5]
    return {(int(layer), int(cluster_id), name): (verdict, why) for layer, cluster_id, name, verdict, why in lines}


def tree(clusters: list[Line]) -> list[tuple[int, Line]]:
    """Clusters with their depth, parents before children, the largest first."""
    children: dict[tuple[int, int], list[Line]] = {}
    for line in clusters:
        children.setdefault((line["layer"] + 1, line["parent_id"]), []).append(line)
    top = max(line["layer"] for line in clusters)
    ordered: list[tuple[int, Line]] = []

    def visit(line: Line, depth: int) -> None:
        ordered.append((depth, line))
        for child in children.get((line["layer"], line["cluster_id"]), []):
            visit(child, depth + 1)

    for line in children[top + 1, -1]:
        visit(line, 0)
    return ordered


def main() -> None:
    """Print the names, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map")
    parser.add_argument("--judged", type=Path)
    parser.add_argument("-o", "--out", type=Path)
    arguments = parser.parse_args()
    clusters = portolan.open_map(arguments.map).clusters.to_pylist()
    if arguments.out is None:
        for depth, line in tree(clusters):
            phrases = " | ".join(line["keyphrases"])
            print(f"{'  ' * depth}{line['layer']}\t{line['cluster_id']}\t{line['size']}\t{line['name']}\t{phrases}")
        return
    judgements = read_judgements(arguments.judged)
    arguments.out.write_text(page(clusters, judgements), encoding="utf-8")


def page(clusters: list[Line], judgements: Judgements) -> str:
    """The tree as Markdown, a tally for each layer first."""
    verdict_of = {
        (line["layer"], line["cluster_id"]): judgements.get(
            (line["layer"], line["cluster_id"], line["name"]), ("not judged", "")
        )
        for line in clusters
    }
    tallies = []
    for layer in range(max(line["layer"] for line in clusters), -1, -1):
        count = Counter(verdict for (of_layer, _), (verdict, _) in verdict_of.items() if of_layer == layer)
        cells = [count[verdict] for verdict in ("good", "fair", "poor", "not judged")]
        tallies.append(f"| {layer} | {sum(cells)} | " + " | ".join(map(str, cells)) + " |")
    entries = []
    for depth, line in tree(clusters):
        verdict, why = verdict_of[line["layer"], line["cluster_id"]]
        entries.append(f"{'  ' * depth}- **{line['name']}** ({line['size']:,}) {verdict}{': ' + why if why else ''}")
    head = "| layer | clusters | good | fair | poor | not judged |\n| --- | --- | --- | --- | --- | --- |"
    return "\n".join([_INTRODUCTION, head, *tallies, "", "## The names", "", *entries, ""])


_INTRODUCTION = """# The names of the bundled sample

All cluster names of `portolan demo` (6,436 preference pairs), coarsest layer first, rows in brackets. Each was judged
from the name and its place in the tree, with the eyes of a stranger: *good* predicts what the rows are about; *fair*
predicts a part of them, or holds a word that does not help; *poor* misleads or says nothing. Made by
`python tools/list_names.py MAP --judged docs/sample-names.tsv -o docs/sample-names.md`.
"""


if __name__ == "__main__":
    main()
