"""A documents job's cards: listed, changed, left out, and made a deck of."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import UNKNOWN_ID, Worker, signed, with_service

from mediamill.services.documents.card import Cards
from mediamill.services.documents.tests.written import card, cards
from mediamill.store.attempts import Failure
from mediamill.web.rooms import Rooms

WORDS = ("waggle dance", "wax comb", "nectar", "round dance", "forager")


@pytest.fixture
def rooms(rooms: Rooms) -> Rooms:
    """With the real service."""
    return with_service(rooms, "documents")


def made() -> Cards:
    return cards(*(card(word, cluster_id=number % 2) for number, word in enumerate(WORDS)))


def begun(api: TestClient, text: str = "Bees dance.") -> str:
    accepted = api.post("/documents", json={"text": text, "audio": False, "voice": "espeak-en-us"})
    assert accepted.status_code == 202, accepted.text
    job_id: str = accepted.json()["task_id"]
    return job_id


@pytest.fixture
def job_id(api: TestClient, worker: Worker) -> str:
    """A finished job with five cards."""
    found = begun(api)
    files = {"cards.json": made().model_dump_json().encode(), "deck.apkg": b"deck", "cards.csv": b"old"}
    worker.succeed(worker.claim(), **files)
    return found


def listed(api: TestClient, job_id: str, query: str = "") -> dict[str, Any]:
    answer = api.get(f"/jobs/{job_id}/cards{query}")
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def words(page: dict[str, Any]) -> list[str]:
    return [each["word"] for each in page["cards"]]


def test_cards_are_listed_in_the_order_of_learning_page_by_page(api: TestClient, job_id: str) -> None:
    first = listed(api, job_id, "?limit=2")
    assert (words(first), first["total"], first["title"]) == ([*WORDS[:2]], 5, "Of bees")
    second = listed(api, job_id, f"?limit=2&cursor={first['next']}")
    third = listed(api, job_id, f"?limit=2&cursor={second['next']}")
    assert words(second) + words(third) == [*WORDS[2:]]
    assert "next" not in third
    assert api.get(f"/jobs/{job_id}/cards?cursor=x").status_code == 422


def test_a_list_may_be_of_a_cluster_or_a_word(api: TestClient, job_id: str) -> None:
    assert words(listed(api, job_id, "?cluster=1")) == ["wax comb", "round dance"]
    assert words(listed(api, job_id, "?q=NECTAR")) == ["nectar"]
    assert words(listed(api, job_id, "?level=A1")) == []
    assert api.get(f"/jobs/{job_id}/cards?colour=red").status_code == 422


def test_one_who_has_seen_the_cards_is_told_only_of_changes(api: TestClient, job_id: str) -> None:
    etag = api.get(f"/jobs/{job_id}/cards").headers["ETag"]
    assert api.get(f"/jobs/{job_id}/cards", headers={"If-None-Match": etag}).status_code == 304
    api.delete(f"/jobs/{job_id}/cards/{card('nectar').id}")
    assert api.get(f"/jobs/{job_id}/cards", headers={"If-None-Match": etag}).status_code == 200


def test_a_changed_card_is_in_every_file_that_follows_from_it(api: TestClient, job_id: str) -> None:
    path = f"/jobs/{job_id}/cards/{card('nectar').id}"
    answer = api.patch(path, json={"meaning": "what flowers give bees", "translation": "mật hoa"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["meaning"], answer.json()["definition_source"]) == ("what flowers give bees", "client")
    assert api.get(path).json() == answer.json()
    files = {name: api.get(f"/jobs/{job_id}/files/{name}").text for name in ("cards.json", "cards.csv", "mindmap.md")}
    assert all("what flowers give bees" in text for text in files.values())
    assert Cards.model_validate_json(files["cards.json"]).cards[2].translation == "mật hoa"
    assert api.get(f"/jobs/{job_id}/files/deck.apkg").content == b"deck"


def test_a_change_that_changes_nothing_makes_no_version(api: TestClient, job_id: str, rooms: Rooms) -> None:
    path = f"/jobs/{job_id}/cards/{card('nectar').id}"
    before = rooms.jobs.get(job_id)
    for nothing in ({}, {"meaning": card("nectar").meaning}, {"level": card("nectar").level.value}):
        assert api.patch(path, json=nothing).json() == api.get(path).json()
    assert rooms.jobs.get(job_id) == before
    assert begun(api) == job_id


def test_a_job_whose_cards_were_changed_stands_for_no_repeat_of_its_request(api: TestClient, job_id: str) -> None:
    """Who asks again wants what the document makes: neither a card changed by hand, nor a deck that lacks it."""
    assert begun(api) == job_id
    api.patch(f"/jobs/{job_id}/cards/{card('nectar').id}", json={"meaning": "what flowers give bees"})
    again = begun(api)
    assert again != job_id
    assert begun(api) == again
    assert listed(api, job_id)["cards"][2]["meaning"] == "what flowers give bees"


def test_a_card_that_was_left_out_is_gone_everywhere(api: TestClient, job_id: str) -> None:
    path = f"/jobs/{job_id}/cards/{card('nectar').id}"
    assert api.delete(path).status_code == 204
    assert words(listed(api, job_id)) == ["waggle dance", "wax comb", "round dance", "forager"]
    assert [api.get(path).status_code, api.delete(path).status_code, api.patch(path, json={}).status_code] == [404] * 3
    assert "nectar" not in api.get(f"/jobs/{job_id}/files/mindmap.mmd").text


def test_a_change_of_what_somebody_else_has_changed_is_refused_when_it_says_what_it_saw(
    api: TestClient, job_id: str
) -> None:
    path = f"/jobs/{job_id}/cards/{card('nectar').id}"
    seen = {"If-Match": api.get(f"/jobs/{job_id}/cards").headers["ETag"]}
    assert api.patch(path, json={"meaning": "mine"}, headers=seen).status_code == 200
    refused = api.patch(path, json={"meaning": "theirs"}, headers=seen)
    assert (refused.status_code, refused.json()["error_code"]) == (412, "FILE_CHANGED")
    assert api.delete(path, headers=seen).status_code == 412
    now = {"If-Match": refused.headers["ETag"]}
    assert api.patch(path, json={"meaning": "theirs"}, headers=now).json()["meaning"] == "theirs"
    assert api.patch(path, json={"level": "B2"}).json()["meaning"] == "theirs"


def test_what_cannot_be_changed_is_refused_and_changes_nothing(api: TestClient, job_id: str) -> None:
    path = f"/jobs/{job_id}/cards/{card('nectar').id}"
    before = listed(api, job_id)
    bodies: list[object] = [{"word": "x"}, {"meaning": "x" * 1_001}, {"level": "Z9"}, {"tags": ["x"] * 21}, [], "x"]
    for body in bodies:
        assert api.patch(path, json=body).status_code == 422, body
    assert listed(api, job_id) == before


def test_a_change_whose_gaps_are_longer_than_its_example_is_none_of_ours_to_fail_at(
    api: TestClient, worker: Worker
) -> None:
    job_id = begun(api, "Bees and AI.")
    worker.succeed(worker.claim(), **{"cards.json": cards(card("AI")).model_dump_json().encode()})
    answer = api.patch(f"/jobs/{job_id}/cards/{card('AI').id}", json={"example": "AI " * 333})
    assert answer.status_code == 200, answer.text


def test_cards_are_their_owners(api: TestClient, job_id: str) -> None:
    path = f"/jobs/{job_id}/cards/{card('nectar').id}"
    for owner in ("bob", "olga"):
        key, sees = signed(owner), owner == "olga"
        assert api.get(f"/jobs/{job_id}/cards", headers=key).status_code == (200 if sees else 404)
        assert api.get(path, headers=key).status_code == (200 if sees else 404)
        for refused in (
            api.patch(path, json={"meaning": "theirs"}, headers=key),
            api.delete(path, headers=key),
        ):
            assert refused.status_code == (403 if sees else 404)
    assert api.post(f"/jobs/{job_id}/deck", headers=signed("bob")).status_code == 404
    assert words(listed(api, job_id)) == [*WORDS]


def test_a_job_that_has_not_finished_has_no_cards_yet(api: TestClient, worker: Worker) -> None:
    job_id = begun(api, "More of bees.")
    refused = api.get(f"/jobs/{job_id}/cards")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "CONFLICT")
    job = worker.claim()
    assert worker.attempts.fail(job.id, job.token or "", Failure("NO_TEXT", "no"))
    for answer in (api.get(f"/jobs/{job_id}/cards"), api.post(f"/jobs/{job_id}/deck")):
        assert (answer.status_code, answer.json()["error_code"]) == (404, "FILE_NOT_FOUND")
    assert api.get(f"/jobs/{UNKNOWN_ID}/cards").json()["error_code"] == "JOB_NOT_FOUND"


def test_a_deck_is_made_anew_by_a_job_that_has_the_cards_as_they_are(
    api: TestClient, job_id: str, worker: Worker
) -> None:
    api.patch(f"/jobs/{job_id}/cards/{card('nectar').id}", json={"meaning": "of flowers"})
    accepted = api.post(f"/jobs/{job_id}/deck")
    assert accepted.status_code == 202, accepted.text
    job = worker.claim()
    assert (job.id, job.owner, accepted.headers["Location"]) == (accepted.json()["task_id"], "ann", f"/jobs/{job.id}")
    assert (job.params["audio"], job.params["voice"], job.params["cards"]) == (False, "espeak-en-us", None)
    sent = b"".join(worker.rooms.artifacts.store.read(job.uploads["cards"].key))
    assert Cards.model_validate_json(sent).cards[2].meaning == "of flowers"


def test_a_deck_of_no_cards_is_refused(api: TestClient, job_id: str) -> None:
    for word in WORDS:
        assert api.delete(f"/jobs/{job_id}/cards/{card(word).id}").status_code == 204
    assert listed(api, job_id)["total"] == 0
    assert api.post(f"/jobs/{job_id}/deck").status_code == 409


def test_cards_whose_files_are_over_are_gone(api: TestClient, job_id: str, rooms: Rooms) -> None:
    record = rooms.jobs.get(job_id)
    assert record is not None
    assert record.ended_ms
    rooms.jobs.retention.expire(job_id, record.ended_ms)
    assert api.get(f"/jobs/{job_id}/cards").status_code == 410
    assert api.delete(f"/jobs/{job_id}/cards/{card('nectar').id}").status_code == 410


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "..."}, "text"),
        ({"text": "Bees.", "cards": json.loads(made().model_dump_json())}, "cards"),
        ({"cards": {**json.loads(made().model_dump_json()), "cards": []}}, "cards"),
        ({"text": "Bees.", "scan": [1]}, "scan"),
        ({"text": "Bees.", "scan": [0]}, "scan"),
        ({"text": "Bees.", "scan": [5_001]}, "scan"),
        ({"text": "Bees.", "max_phrases": 9}, "max_phrases"),
        ({"text": "Bees.", "levels": ["D1"]}, "levels"),
        ({"text": "Bees.", "voice": "espeak-vi"}, "voice"),
    ],
)
def test_what_is_wrong_with_a_request_is_told_by_its_name(api: TestClient, body: dict[str, Any], field: str) -> None:
    refused = api.post("/documents", json=body)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["field"].startswith(field)
