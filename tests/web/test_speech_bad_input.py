# ruff: noqa: RUF001 - odd characters are what this file is about
"""Careless and hostile requests for speech, by HTTP: each is told what is wrong, nothing is accepted, nothing stays."""

import codecs
import io
import json
import zipfile
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.parts import with_speech

from mediamill.web.rooms import Rooms

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def rooms(rooms: Rooms) -> Rooms:
    """With the real speech service."""
    return with_speech(rooms)


def refused(api: TestClient, status: int, **request: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = api.post("/speech", **request)
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def zipped() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("a.txt", "Hello there.")
    return raw.getvalue()


TEXTS = {
    "only punctuation": ("!!! ... ??? — “”", "nothing to say"),
    "only controls": ("\x00\x01\x1b\x7f", "nothing to say"),
    "only emoji": ("😀👩‍👩‍👧‍👦🇻🇳", "nothing to say"),
    "only marks": ("\u0301" * 9, "nothing to say"),
    "no characters": ("\ufffe\uffff\U0010ffff\ue000", "nothing to say"),
    "a megabyte of punctuation": ("?!. " * 250_000, "nothing to say"),
    "a script without a voice": ("𐌰𐌱𐌲𐌳", "no voice reads the script gothic"),
    "one character too many": ("a" * 1_000_001, "at most 1000000"),
    "a pause of a week": ("Hello. [pause 604800s] There.", "a pause is 30 s at most"),
    "three days of pauses": ("Hello. " + "[pause 30s]" * 10_000, "the pauses come to 83.3 hours"),
}


@pytest.mark.usefixtures("_nothing_stays_behind")
@pytest.mark.parametrize("case", TEXTS)
def test_a_text_that_cannot_be_said_is_refused_at_once(api: TestClient, case: str) -> None:
    text, message = TEXTS[case]
    body = refused(api, 422, json={"text": text})
    assert [error["field"] for error in body["errors"]] == ["text"]
    assert message in body["detail"]


#: Not JSON, strictly: what Python writes for them.
NUMBERS = ['"speed": NaN', '"speed": 1e999', '"pitch": -Infinity', '"volume": NaN', '"pauses": {"sentence_s": NaN}']


@pytest.mark.usefixtures("_nothing_stays_behind")
@pytest.mark.parametrize(
    "number", [*NUMBERS, *(f'"sample_rate": {rate}' for rate in ("0", "-1", "1e9", "1" + "0" * 30))]
)
def test_numbers_that_are_none_are_refused(api: TestClient, number: str) -> None:
    body = refused(api, 422, content=f'{{"text": "hi", {number}}}', headers=JSON)
    assert number.split('"')[1].replace("_", " ") in body["detail"].replace("_", " ")


@pytest.mark.usefixtures("_nothing_stays_behind")
@pytest.mark.parametrize("body", ['{"text": "hi \\ud800"}', '{"text": "hi", "pronunciations": {"\\udc00": "x"}}'])
def test_half_a_character_is_no_json(api: TestClient, body: str) -> None:
    assert refused(api, 400, content=body, headers=JSON)["error_code"] == "MALFORMED_JSON"


@pytest.mark.usefixtures("_nothing_stays_behind")
def test_a_wrong_voice_is_blamed_by_its_place_in_the_request(api: TestClient) -> None:
    one = refused(api, 422, json={"text": "hi", "voice": "nobody"})
    assert one["detail"].startswith("voice: there is no voice 'nobody'; there are heart, ")
    cast = refused(api, 422, json={"text": "hi", "voice": ["heart", {"name": "bob", "voice": "nobody"}]})
    assert [error["field"] for error in cast["errors"]] == ["voice.1.voice"]


FILES = {
    "a zip": (zipped(), "ZIP"),
    "a zip without files": (b"PK\x05\x06" + bytes(18), "binary"),
    "a pdf": (b"%PDF-1.7\n", "PDF"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "PNG"),
    "a film": (b"\0\0\0\x18ftypmp42" + bytes(40), "not text"),
    "latin-1": ("Là-bas".encode("latin-1"), "not valid UTF-8 at byte 1"),
    "utf-8 of half a character": (b"hi \xed\xa0\xbd", "not valid UTF-8 at byte 3"),
    "utf-16 with a byte too many": ("hello".encode("utf-16") + b"x", "not valid UTF-16"),
    "utf-16 of half a character": (codecs.BOM_UTF16_LE + b"h\0\x00\xd8 \0", "not valid UTF-16"),
    "utf-32 beyond unicode": (codecs.BOM_UTF32_LE + b"\xff\xff\xff\xff", "not valid UTF-32"),
    "only a mark": (codecs.BOM_UTF8, "nothing to say"),
    "nothing": (b"", "nothing to say"),
    "three days of pauses": (b"Hello. " + b"[pause 30s]" * 10_000, "the pauses come to 83.3 hours"),
}


@pytest.mark.usefixtures("_nothing_stays_behind")
@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_text_to_say_is_told_what_it_is(api: TestClient, case: str) -> None:
    content, message = FILES[case]
    body = refused(api, 422, files={"file": ("a.txt", content)})
    assert [error["field"] for error in body["errors"]] == ["file"]
    assert message in body["detail"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_usual_encodings_are_text(api: TestClient, encoding: str) -> None:
    content = "Hello there. Xin chào các bạn.".encode(encoding)
    assert api.post("/speech", files={"file": ("../../etc/passwd", content)}).status_code == 202


@pytest.mark.usefixtures("_nothing_stays_behind")
@pytest.mark.parametrize(
    "pronunciations",
    [
        {f"word{n}": "x" for n in range(501)},
        {"": "x"},
        {"x" * 65: "y"},
        {"x": "y" * 201},
        {"x": ""},
        {"x": "\u200b"},
        {"x": "//"},
        {"x": "/ˈs1q!/"},
        {"Ab": "q", "aB": "r"},
    ],
    ids=lambda wrong: json.dumps(wrong)[:20],
)
def test_pronunciations_that_are_none_are_refused(api: TestClient, pronunciations: dict[str, str]) -> None:
    body = refused(api, 422, json={"text": "hi", "pronunciations": pronunciations})
    assert body["detail"].startswith("pronunciations: ")
    assert len(body["detail"]) < 300


ODD_NAMES = [
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "heart%00",
    "%ff",
    "%0d%0aX-Evil: 1",
    "h" * 256,
    "h" * 5_000,
]


@pytest.mark.usefixtures("_nothing_stays_behind")
@pytest.mark.parametrize("name", ODD_NAMES, ids=lambda name: name[:24])
def test_odd_names_of_voices_are_names_of_no_voice(api: TestClient, name: str) -> None:
    for path in (f"/voices/{name}", f"/voices/{name}/sample"):
        answer = api.get(path)
        assert answer.status_code in {404, 422}, path
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "X-Evil" not in answer.headers
