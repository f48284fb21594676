"""Reports of a map: what they hold, as HTML, Markdown and JSON."""

from __future__ import annotations

import html
import json
import re
import shutil
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from portolan.core.report import Figure, walk
from portolan.errors import InputError, MapWriteError, NotFoundError
from portolan.reporting import ReportOptions, report_of, write_report
from portolan.reporting.markdown import to_markdown
from small_data import pair_rows, topic_rows

N_ROWS = 240
SECRET = "Call jane.roe@mail.example.org <script>alert(1)</script> tonight."
NAME = "Pairs <b>of</b> *tests*"


def rows():
    made = pair_rows(N_ROWS)
    for number, row in enumerate(made):
        for side in ("chosen", "rejected"):
            row[side] = row[side].replace("Tell me", f"Tell me in {number % 60} words", 1)
    for row in range(6):
        made[row]["rejected"] = made[row]["chosen"]
    made[10]["chosen"] += f" {SECRET}"
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    m = portolan.map_text(rows(), name=NAME, path=tmp_path_factory.mktemp("report") / "pairs", progress=False)
    m.declare_provenance(
        "version: 1\nowner: The maker\nprovenance:\n  subset:\n    values:\n      even:\n        for: trying things\n"
        "        intended: [identical]\n        reason: they were meant\n"
    )
    m.findings["identical"].respond("We left them in.", author="Maker")
    m.effect(drop="row_id < 40", seeds=5, progress=False)
    return m


@pytest.fixture(scope="module")
def told(made):
    return report_of(made, ReportOptions(day="2026-01-02"))


@pytest.fixture(scope="module")
def page(told, tmp_path_factory):
    path = tmp_path_factory.mktemp("html") / "report.html"
    write_report(told, path)
    return path.read_text(encoding="utf-8")


class Seen(HTMLParser):
    """Tags that stay open, ids, and addresses of a page."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self, page):
        super().__init__()
        self.open, self.ids, self.addresses, self.tags = [], [], [], set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        self._note(attributes)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)
        self._note(attributes)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def _note(self, attributes):
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "xlink:href", "action"):
                self.addresses.append(value)


def test_a_report_has_its_sections_in_the_order_in_which_one_reads_them(told):
    assert [section.key for section in told.sections] == [
        "short", "dataset", "impressions", "provenance", "findings", "preference", "effects", "arguments", "responses",
        "method", "again",
    ]  # fmt: skip


def test_keys_of_texts_and_sections_are_there_once(told, page):
    keys = [one.key for one in told.prose()]
    assert len(keys) == len(set(keys))
    assert len(Seen(page).ids) == len(set(Seen(page).ids))


def test_the_page_is_well_formed_and_asks_for_nothing_outside_itself(page):
    seen = Seen(page)
    assert seen.open == []
    assert not {"link", "iframe", "object", "embed", "form"} & seen.tags
    assert all(one.startswith(("#", "data:image/")) for one in seen.addresses)
    assert not re.search(r"url\((?!data:)|@import", page)


def test_what_matters_stands_before_the_contents(page, told):
    assert page.index('id="short"') < page.index('aria-label="Contents"') < page.index('id="dataset"')
    text = to_markdown(told, folder="files")
    assert (
        text.index("## In short")
        < text.index("**Contents**")
        < text.index("](#dataset)")
        < text.index("## The dataset")
    )


def test_every_link_within_the_page_leads_somewhere(page):
    seen = Seen(page)
    assert {one[1:] for one in seen.addresses if one.startswith("#")} <= set(seen.ids)


def test_what_comes_from_the_data_is_shown_as_text(page):
    assert "<h1>Pairs &lt;b&gt;of&lt;/b&gt; *tests*</h1>" in page
    assert "<script>alert" not in page


def test_a_finding_says_how_many_where_and_what_its_owner_says(page):
    section = page[page.index('id="finding-identical"') :]
    assert f"The rule lists 6 of {N_ROWS} pairs, 2.5 % (1.2 to 5.3 %).".replace(" %", "\N{NO-BREAK SPACE}%") in section
    assert "they were meant" in section
    assert "We left them in." in section
    assert "Nobody has judged its rows yet" in section


def test_experiments_that_were_made_before_are_told_with_their_plot(told):
    [section] = next(one for one in told.sections if one.key == "effects").sections
    assert section.title == "Dropping 34 pairs"
    assert "6 more rows meet it and teach nothing" in section.blocks[0].text
    assert any(type(block).__name__ == "Figure" for block in section.blocks)


def test_examples_are_left_out_unless_asked_for(told, page):
    assert "jane.roe" not in page
    assert '"block": "example"' not in json.dumps([section.to_json() for section in told.sections])


@pytest.mark.parametrize("mode", ["redacted", "blurred", "shown"])
def test_examples_are_redacted_blurred_or_shown(made, mode, tmp_path):
    one = report_of(made, ReportOptions(examples=mode, findings=("pii",), day="2026-01-02"))
    write_report(one, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert ("jane.roe@mail.example.org" in page) == (mode != "redacted")
    assert ("<details>" in page) == (mode == "blurred")
    assert "jane.roe" not in "".join(re.findall(r"<summary>.*?</summary>", page, flags=re.DOTALL))
    assert "<script>alert" not in page
    assert Seen(page).open == []


def test_few_rows_are_drawn_above_the_names_of_topics(told):
    section = next(one for one in walk(told.sections) if one.key == "finding-identical")
    whole = next(block for block in section.blocks if isinstance(block, Figure)).drawings[0]
    assert whole.svg.rindex('stroke-linecap="round"') > whole.svg.rindex("</text>")


def test_links_lead_to_the_published_map(made, tmp_path):
    one = report_of(made, ReportOptions(link_base="https://example.org/map/", findings=("identical",)))
    write_report(one, tmp_path / "r.html")
    seen = Seen((tmp_path / "r.html").read_text(encoding="utf-8"))
    outside = [address for address in seen.addresses if not address.startswith(("#", "data:"))]
    assert outside
    assert all(address.startswith("https://example.org/map/#") for address in outside)


def test_markdown_has_its_drawings_beside_it(told, tmp_path):
    made = write_report(told, tmp_path / "r.md")
    text = made.path.read_text(encoding="utf-8")
    asked = set(re.findall(r"\]\((r_files/[^)]+)\)", text))
    assert asked
    assert asked == {f"r_files/{one.name}" for one in (tmp_path / "r_files").iterdir()}


def test_a_folder_that_holds_other_things_is_not_emptied(told, tmp_path):
    (tmp_path / "r_files").mkdir()
    (tmp_path / "r_files" / "mine.txt").write_text("keep")
    with pytest.raises(InputError):
        write_report(told, tmp_path / "r.md")
    assert (tmp_path / "r_files" / "mine.txt").read_text() == "keep"


def test_json_has_the_article_and_the_figures_it_is_made_of(told, tmp_path):
    write_report(told, tmp_path / "r.json")
    read = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert read["sections"][0]["key"] == "short"
    identical = next(one for one in read["facts"]["findings"] if one["name"] == "identical")
    assert identical["count"] == 6


def test_the_same_map_and_date_give_the_same_file(made, page, tmp_path):
    write_report(report_of(made, ReportOptions(day="2026-01-02")), tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8") == page


def test_from_the_command_line_texts_are_written_changed_and_put_in_place(made, tmp_path):
    def run(*arguments):
        return CliRunner().invoke(app, ["report", str(made.path), *map(str, arguments)], catch_exceptions=False)

    texts, out = tmp_path / "texts.md", tmp_path / "report.html"
    assert run("--write-texts", texts).exit_code == 0
    written = texts.read_text(encoding="utf-8")
    assert "## finding.identical\n" in written
    texts.write_text("## provenance\n\nWe **made** them.\n", encoding="utf-8")
    found = run("-o", out, "--texts", texts, "--finding", "identical", "--date", "2026-01-02", "--json")
    assert json.loads(found.stdout)["n_findings"] == 1
    assert "<p>We <strong>made</strong> them.</p>" in out.read_text(encoding="utf-8")


def test_texts_that_are_there_are_not_written_over(made, tmp_path):
    (tmp_path / "texts.md").write_text("mine")
    with pytest.raises(InputError):
        made.report_texts(tmp_path / "texts.md")


def test_a_report_of_rows_that_are_no_pairs_tells_of_the_map_alone(tmp_path):
    m = portolan.map_text(topic_rows(80), path=tmp_path / "texts", progress=False)
    made = m.report(tmp_path / "r.html")
    page = made.path.read_text(encoding="utf-8")
    assert "80 texts" in page
    assert 'id="findings"' not in page


def test_a_report_of_few_pairs_says_why_there_is_no_model(tmp_path):
    m = portolan.map_text(pair_rows(24), path=tmp_path / "few", progress=False)
    page = m.report(tmp_path / "r.html").path.read_text(encoding="utf-8")
    assert "No preference model was fitted" in page
    assert "have a winner" in page


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("r.pdf", {}, InputError),
        ("r.html", {"examples": "all"}, InputError),
        ("r.html", {"link": "javascript:x"}, InputError),
        ("r.html", {"findings": ["none-such"]}, NotFoundError),
        ("none/r.html", {}, MapWriteError),
        ("r.html", {"texts": "none.md"}, NotFoundError),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_fix(made, name, options, error, tmp_path):
    with pytest.raises(error) as refused:
        made.report(tmp_path / name, **options)
    assert refused.value.fix
    shutil.rmtree(tmp_path)


# A finding of one's own.


def test_a_finding_of_ones_own_shows_its_definition_and_how_to_make_it_again(made, tmp_path):
    shutil.copytree(made.path, tmp_path / "pairs")
    m = portolan.open_map(tmp_path / "pairs")
    m.findings.define("first-rows", "row_id < 7", score="0.5", what="An early row.", author="ada")
    article = report_of(m, ReportOptions(day="2026-01-02", findings=("first-rows",)))
    command = "portolan audit MAP --define first-rows 'row_id < 7' --confidence 0.5 --what 'An early row.'"
    for name in ("report.html", "report.md", "report.json"):
        write_report(article, tmp_path / name)
        text = (tmp_path / name).read_text(encoding="utf-8")
        text = html.unescape(re.sub(r"</?code>", "`", text)) if name.endswith("html") else text
        assert command in (text if not name.endswith("json") else json.dumps(json.loads(text), ensure_ascii=False))
        assert "Defined by ada as the rows where `row_id < 7`, each as sure as `0.5`." in text
    facts = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert '"definition": {"name": "first-rows", "where": "row_id < 7"' in json.dumps(facts)
