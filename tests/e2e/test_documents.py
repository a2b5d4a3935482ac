"""A book in the real stack: cards and deck as a learner gets them, changed ones, two owners, a worker that dies."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx2
import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from anki.collection import Collection, ImportAnkiPackageRequest
from tests.e2e.up import ROOT, UNSET, Up
from tests.media.documents import papers, scans

from mediamill.media.documents.skimmed import RANGE_PAGES
from mediamill.services.documents.card import Cards
from mediamill.services.documents.ingest import SCANNED_HERE
from mediamill.testing import eventually

#: 14,000 words of public-domain prose.
NOVEL = ROOT / "tests/quality/documents/moby-dick.md"
BEES = (ROOT / "examples/documents/honey-bees.md").read_text("utf-8")
WANTED = {"max_phrases": 20, "max_words": 10, "voice": "espeak-en-us"}
CARDS = 30
KEYS = {"ann": "key-of-ann", "bob": "key-of-bob", "admin": "key-of-admin"}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("documents")
    (folder / "api-key").write_text(KEYS["admin"])
    keys = ",".join(f"{owner}:{key}" for owner, key in KEYS.items()) + ":admin"
    server = Up(folder, environ={"API_KEYS": keys})
    yield server
    server.stop()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A typeset book of some fifty pages."""
    parts = (part.replace("\n", " ").strip() for part in NOVEL.read_text("utf-8").split("\n\n"))
    lines = [
        f"{'=' * part.count('#')} #{json.dumps(part.strip('# '))}" if part.startswith("#") else f"#{json.dumps(part)}"
        for part in parts
    ]
    head = '#set page(paper: "a5", numbering: "1")\n#set text(size: 12pt, lang: "en")\n#set par(justify: true)\n'
    path = papers.typeset(head + "\n\n".join(lines), tmp_path_factory.mktemp("book") / "whale.pdf")
    assert len(pdfium.PdfDocument(path)) >= 30
    return path


@pytest.fixture
def ann(up: Up) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=up.client.base_url, headers={"X-API-Key": KEYS["ann"]}, timeout=90) as client:
        yield client


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Collection]:
    (tmp_path / "anki").mkdir()
    collection = Collection(str(tmp_path / "anki" / "collection.anki2"))
    yield collection
    collection.close()


def imported(anki: Collection, path: Path) -> tuple[int, int]:
    """Import as Anki does when a deck is opened; return how many notes are new, and how many changed."""
    log = anki.import_anki_package(ImportAnkiPackageRequest(package_path=str(path))).log
    return len(log.new), len(log.updated)


def submitted(client: httpx2.Client, params: dict[str, Any], file: Path | None = None) -> str:
    if file is None:
        answer = client.post("/documents", json=params)
    else:
        sent = {"file": (file.name, file.read_bytes())}
        answer = client.post("/documents", data={"params": json.dumps(params)}, files=sent)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["task_id"])


def finished(client: httpx2.Client, job_id: str) -> dict[str, Any]:
    return eventually(lambda: (job := client.get(f"/jobs/{job_id}").json()).get("ended_at") and job, within_s=120)


def fetched(client: httpx2.Client, job_id: str, name: str, to: Path) -> Path:
    answer = client.get(f"/jobs/{job_id}/files/{name}")
    assert answer.status_code == 200, answer.text
    to.write_bytes(answer.content)
    return to


def length_s(path: Path) -> float:
    with av.open(str(path)) as sound:
        return (sound.duration or 0) / av.time_base


def test_a_book_is_handed_in_followed_and_opened_in_anki(up: Up, book: Path, anki: Collection, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["submit", "documents", str(book), "--follow", "--out", str(out)]
    wanted = [word for name, value in WANTED.items() for word in ("-p", f"{name}={value}")]
    done = subprocess.run(
        [sys.executable, "-m", "mediamill.cli", *words, *wanted],
        env={**os.environ, **UNSET, "MEDIAMILL_DATA_DIR": str(up.folder), "MEDIAMILL_API_KEY": KEYS["ann"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [line.partition("%  ")[2].partition(":")[0] for line in done.stderr.splitlines() if "%  " in line]
    begun = ["waiting for a worker", "started"]
    # One that takes no time may be over between two looks.
    seen = [stage for stage in dict.fromkeys(told) if stage not in begun]
    assert seen == [stage for stage in ("reading", "vocabulary", "meanings", "audio", "files") if stage in seen]
    assert {"reading", "audio"} <= set(seen)
    printed = {str(Path(line).relative_to(out)) for line in done.stdout.splitlines()}
    lists = {"cards.json", "cards.csv", "deck.apkg", "mindmap.md", "mindmap.mmd", "graph.json"}
    cards = Cards.model_validate_json((out / "cards.json").read_bytes()).cards
    assert len(cards) == CARDS
    assert printed == lists | {str(name) for card in cards for name in (card.audio_word, card.audio_example)}
    assert all(length_s(out / str(name)) > 0 for card in cards for name in (card.audio_word, card.audio_example))
    assert all("page " in card.example_source for card in cards)
    assert imported(anki, out / "deck.apkg") == (CARDS, 0)
    assert imported(anki, out / "deck.apkg") == (0, 0)
    assert anki.note_count() == CARDS
    anki.media.check()
    assert not anki.media.check().missing


def test_a_card_is_changed_and_whoever_has_the_deck_gets_the_change(
    ann: httpx2.Client, anki: Collection, tmp_path: Path
) -> None:
    job_id = submitted(ann, {"text": BEES, **WANTED})
    known, made_s = finished(ann, job_id)["data"]["cards"], int(time.time())
    assert imported(anki, fetched(ann, job_id, "deck.apkg", tmp_path / "first.apkg")) == (known, 0)
    first, second, *_ = ann.get(f"/jobs/{job_id}/cards").json()["cards"]
    eventually(lambda: int(time.time()) > made_s)  # Anki counts seconds
    changed = ann.patch(f"/jobs/{job_id}/cards/{first['id']}", json={"meaning": "what a learner has looked up"})
    assert changed.json()["definition_source"] == "client"
    assert ann.delete(f"/jobs/{job_id}/cards/{second['id']}").status_code == 204
    assert "what a learner has looked up" in ann.get(f"/jobs/{job_id}/files/cards.csv").text
    anew = ann.post(f"/jobs/{job_id}/deck").json()["task_id"]
    job = finished(ann, anew)
    assert (job["status"], job["data"]["cards"]) == ("SUCCESS", known - 1)
    assert imported(anki, fetched(ann, anew, "deck.apkg", tmp_path / "second.apkg")) == (0, 1)
    (note,) = (anki.get_note(id_) for id_ in anki.find_notes(f'Term:"{first["word"]}"'))
    assert note["Definition"] == "what a learner has looked up"


def test_a_scanned_document_is_read_by_jobs_of_its_own(ann: httpx2.Client, tmp_path: Path) -> None:
    prose = "\n\n".join(part for part in BEES.split("\n\n") if not part.startswith("#"))
    scan = scans.scanned(f'#set page(paper: "a5")\n#set text(size: 16pt)\n{prose}', tmp_path / "scan.pdf", dpi=150)
    pages = len(pdfium.PdfDocument(scan))
    assert pages > SCANNED_HERE
    job_id = submitted(ann, {**WANTED, "audio": False}, scan)
    job = finished(ann, job_id)
    assert (job["status"], job["data"]["scanned_pages"], job["data"]["unread_pages"]) == ("SUCCESS", pages, 0), job
    words = {card["word"] for card in ann.get(f"/jobs/{job_id}/cards").json()["cards"]}
    assert {"waggle dance", "nest site", "nectar"} & words
    listed = ann.get("/jobs?limit=100&children=true").json()["jobs"]
    others = [each for each in listed if each["created_at"] > job["created_at"]]
    assert {each["status"] for each in others} == {"SUCCESS"}
    assert len(others) >= 2


def test_cards_are_nobody_elses(up: Up, ann: httpx2.Client) -> None:
    job_id = submitted(ann, {"text": BEES, **WANTED, "audio": False})
    assert finished(ann, job_id)["status"] == "SUCCESS"
    card = ann.get(f"/jobs/{job_id}/cards?limit=1").json()["cards"][0]["id"]
    with httpx2.Client(base_url=up.client.base_url, headers={"X-API-Key": KEYS["bob"]}) as bob:
        for method, path in (
            ("GET", "cards"),
            ("GET", f"cards/{card}"),
            ("PATCH", f"cards/{card}"),
            ("DELETE", f"cards/{card}"),
            ("POST", "deck"),
            ("GET", "files/deck.apkg"),
        ):
            answer = bob.request(method, f"/jobs/{job_id}/{path}", json={} if method == "PATCH" else None)
            assert (answer.status_code, answer.json()["error_code"]) == (404, "JOB_NOT_FOUND"), path
        others = submitted(bob, {"text": BEES, **WANTED, "audio": False})
        assert others != job_id
        assert finished(bob, others)["status"] == "SUCCESS"


def test_a_worker_killed_while_it_reads_has_its_pages_read_once(
    up: Up, ann: httpx2.Client, book: Path, tmp_path: Path
) -> None:
    library = pdfium.PdfDocument.new()
    while len(library) < 30 * RANGE_PAGES:
        library.import_pages(pdfium.PdfDocument(book))
    library.save(tmp_path / "library.pdf")
    ranges = -(-len(library) // RANGE_PAGES)
    job_id = submitted(ann, {**WANTED, "audio": False}, tmp_path / "library.pdf")

    def well_begun() -> float:
        job = ann.get(f"/jobs/{job_id}").json()
        assert "ended_at" not in job, "it reads for seconds"
        return float(job["progress"] if job["stage"] == "reading" and job["progress"] > 3 else 0)

    progress = eventually(well_begun, within_s=60)
    for worker in up.workers():
        worker.kill()
    job = finished(ann, job_id)
    assert (job["status"], job["attempt"], job["data"]["pages"]) == ("SUCCESS", 2, len(library))
    lines = [json.loads(line) for line in ann.get(f"/jobs/{job_id}/logs").text.splitlines()]
    (counted,) = (line["fields"] for line in lines if line["event"] == "attempt.cache")
    reading = 100 * 10 / 60  # of the progress, in percent: see `stages`
    read = int(progress / reading * ranges)
    assert read > 3
    assert counted["hits"] >= read, "what the first worker has read, and what the file says of itself"
    assert counted["hits"] + counted["made"] <= ranges + 3
