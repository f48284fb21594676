"""What the server tells and takes of the audit."""

import pytest
from fastapi.testclient import TestClient

import portolan
from portolan.acting import Person
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.roles import refusal_of
from small_data import pair_rows, topic_rows

N_ROWS = 120
IDENTICAL = [3, 44]


def rows_with_defects():
    rows = pair_rows(N_ROWS)
    for number, row in enumerate(rows):
        row["subset"] = "early" if number < 40 else "late"
        for side in ("chosen", "rejected"):
            row[side] = row[side].replace("Human: ", f"Human: Number {number}. ", 1)
    for number in IDENTICAL:
        rows[number]["rejected"] = rows[number]["chosen"]
    return rows


def served(path):
    return TestClient(create_app(CurrentMap(path, open_map=Map.open), access=None))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "pairs.portolan"
    return served(portolan.map_text(rows_with_defects(), name="Pairs", path=path, progress=False).path)


@pytest.fixture(scope="module")
def audited(fresh):
    """A server whose map was audited; what came before is in `before`."""
    fresh.before = fresh.get("/api/audit").json()
    job = fresh.post("/api/audit", json={"model": False}).json()
    while job["state"] == "running":
        job = fresh.get(f"/api/jobs/{job['number']}?wait_s=2").json()
    assert job["state"] == "done", job["problem"]
    fresh.job = job
    return fresh


def finding(server, name="identical"):
    return server.get(f"/api/findings/{name}").json()


def test_before_anybody_looked_there_are_no_findings_and_none_is_looked_for(audited):
    assert audited.before["is_looked"] is False
    assert audited.before["findings"] == []


def test_the_audit_tells_each_finding_in_short(audited):
    told = {one["name"]: one for one in audited.get("/api/audit").json()["findings"]}
    assert told["identical"]["count"] == len(IDENTICAL)
    assert told["identical"]["where"] == "finding_identical IS NOT NULL"
    assert told["leakage"]["is_looked_for"] is False
    assert audited.job["audited"]["findings"] == audited.get("/api/audit").json()["findings"]


def test_one_finding_tells_where_its_rows_come_from_but_not_each_row(audited):
    told = finding(audited)
    [column] = told["by_provenance"].values()
    assert {one["value"]: one["count"] for one in column}["early"] == 1
    assert told["surest"] == IDENTICAL
    assert "row_ids" not in told


def test_what_is_said_of_a_part_counts_there_and_can_be_undone(audited):
    said = {"status": "intended", "where": "subset = 'early'", "reason": "made for a test"}
    told = audited.post("/api/findings/identical/status", json=said).json()
    assert told["status_counts"] == {"open": 1, "intended": 1}
    assert audited.get("/api/findings/identical/rules").json() != []
    event = told["said"][-1]["event"]
    assert audited.post("/api/undo", json={"event": event}).status_code == 200
    assert finding(audited)["status_counts"] == {"open": 2}


def test_a_finding_by_a_model_that_was_replaced_is_out_of_date_until_somebody_looks_again(tmp_path):
    rows = rows_with_defects()
    for number, row in enumerate(rows):
        row["own_chosen"], row["own_rejected"] = number % 7, number % 3
    m = portolan.map_text(rows, name="Pairs", path=tmp_path / "pairs.portolan", progress=False)
    m.findings.run(["identical", "near-tie"], progress=False)
    m.findings.define("early", "subset = 'early'")
    server = served(m.path)

    def old():
        return {one["name"] for one in server.get("/api/audit").json()["findings"] if not one["is_current"]}

    assert old() == set()
    m.fit_preference("columns:own_chosen,own_rejected")
    assert old() == {"near-tie"}
    assert finding(server, "near-tie")["is_current"] is False
    assert finding(server, "identical")["is_current"] is True
    m.findings.run(["near-tie"], progress=False)
    assert old() == set()


def test_the_thread_on_a_finding_grows(audited):
    told = audited.post("/api/findings/identical/responses", json={"text": "They teach nothing."}).json()
    assert told["responses"][-1]["text"] == "They teach nothing."


def test_rows_to_judge_are_mixed_and_judging_them_gives_a_precision(audited):
    sample = audited.post("/api/findings/identical/sample", json={"n": 8}).json()
    assert set(IDENTICAL) < set(sample["row_ids"])
    for row in sample["row_ids"]:
        value = "right" if row in IDENTICAL else "wrong"
        asked = {"set": sample["set"], "value": value, "rows": [row]}
        assert audited.post("/api/labels", json=asked).status_code == 200
    judged = finding(audited)["judged"]
    assert judged["precision"]["value"] == 1.0
    assert judged["judged_outside"] == len(sample["row_ids"]) - len(IDENTICAL)


def test_what_a_finding_is_not_is_told(audited):
    answer = audited.get("/api/findings/unheard-of")
    assert answer.status_code == 404
    assert "unheard-of" in answer.json()["problem"]


def test_an_experiment_is_measured_and_kept(audited):
    job = audited.post("/api/effects", json={"where": "subset = 'early'", "seeds": 5}).json()
    while job["state"] == "running":
        job = audited.get(f"/api/jobs/{job['number']}?wait_s=2").json()
    assert job["state"] == "done", job["problem"]
    assert "39 pairs" in job["effect"]["verdict"]
    outcome = job["effect"]["outcomes"][0]
    assert outcome["low"] <= outcome["delta"] <= outcome["high"]
    assert audited.get("/api/audit").json()["effects"] == [job["effect"]]
    again = audited.post("/api/effects", json={"where": "subset = 'early'", "seeds": 6}).json()
    audited.get(f"/api/jobs/{again['number']}?wait_s=10")
    # The page lists an experiment once, whatever draws it was asked for with.
    assert len(audited.get("/api/audit").json()["effects"]) == 1


def test_what_each_pair_does_becomes_a_column(audited):
    assert audited.get("/api/audit").json()["influence"] == ""
    job = audited.post("/api/influence", json={}).json()
    while job["state"] == "running":
        job = audited.get(f"/api/jobs/{job['number']}?wait_s=2").json()
    assert job["state"] == "done", job["problem"]
    assert audited.get("/api/audit").json()["influence"] == "influence"
    rows = audited.post("/api/filter", json={"clauses": [{"key": "a", "where": "influence IS NULL"}], "facets": []})
    assert rows.status_code == 200


def test_rows_that_are_no_pairs_have_no_audit(tmp_path):
    server = served(portolan.map_text(topic_rows(60), path=tmp_path / "topics", progress=False).path)
    answer = server.get("/api/audit")
    assert answer.status_code == 400
    assert "pairs" in answer.json()["problem"]


def test_a_viewer_looks_a_labeller_judges_and_answers_an_owner_decides():
    viewer, labeller, owner = (Person("Ada", role) for role in ("viewer", "labeller", "owner"))
    assert refusal_of(viewer, "GET", "/api/findings/identical") is None
    for path in ("/api/findings/identical/sample", "/api/findings/identical/responses"):
        assert refusal_of(viewer, "POST", path)
        assert refusal_of(labeller, "POST", path) is None
    for path in ("/api/audit", "/api/effects", "/api/influence", "/api/findings/identical/status"):
        assert refusal_of(labeller, "POST", path)
        assert refusal_of(owner, "POST", path) is None


def test_rows_are_told_with_what_a_scorer_says_of_them_where_that_is_asked_for(audited):
    [row, other] = audited.get("/api/rows?ids=3,4&score=finding_identical").json()
    assert (row["scores"], other["scores"]) == ({"finding_identical": 1.0}, {"finding_identical": None})
    query = {"limit": 1, "sort": {"column": "harm", "descending": True}, "score": "harm"}
    [first] = audited.post("/api/table", json=query).json()["rows"]
    assert 0 < first["scores"]["harm"] <= 1
    for url in ("/api/rows?ids=3", "/api/rows?ids=3&score=nosuch"):
        assert audited.get(url).json()[0]["scores"] == {}
