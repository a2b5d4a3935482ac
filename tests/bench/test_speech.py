"""What bench/speech counts is what happened: its tables make claims about other people's work. No timing here."""

import json
import re
import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from bench.machine import cpu_s
from bench.speech import cores, encoders, memory, per_sentence, piper, serving, soon, words
from bench.speech.endpoint import make_app
from bench.speech.engine import bare
from bench.speech.heard import canonical
from bench.speech.judged import FIGURES, PLAIN
from bench.speech.mill import Mill, mill
from bench.speech.peers import PEERS
from bench.speech.scale import TINY
from bench.speech.texts import DISTINCT, book, page, sentence
from bench.wire import Clients
from fastapi.testclient import TestClient

needs_peers = pytest.mark.skipif(not PEERS.exists(), reason="scripts/setup bench was not run")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mill]:
    voices = tmp_path_factory.mktemp("bench")
    environ = {"MEDIAMILL_VOICES_DIR": str(piper.voices_in(voices))} if PEERS.exists() else {}
    with mill({"interactive": 1, "cpu": 1}, **environ) as running:
        yield running


# ---- what is said


def test_no_two_sentences_are_the_same() -> None:
    assert len({sentence(number) for number in range(DISTINCT)}) == DISTINCT


def test_a_page_has_its_sentences_and_a_book_its_words_and_chapters() -> None:
    assert page(0, 20).count(".") == 20
    text = book(0, 4_000)
    assert 4_000 <= len(text.split()) < 4_200
    assert [line for line in text.split("\n\n") if line.startswith("#")] == ["# Chapter 1", "# Chapter 2"]


# ---- what is heard


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("It's $3.50.", "it's three dollars and fifty cents"),
        ("$3 million", "three million dollars"),
        ("At 9.05 AM or 9:05 a.m.", "at nine oh five am or nine zero five a m"),
        ("March 14, 1987", "march fourteenth nineteen eighty seven"),
        ("in 2008 and 2010, the 1990s", "in two thousand eight and twenty ten the nineteen nineties"),
        ("1,250 or 1250.5", "one thousand two hundred and fifty or one thousand two hundred fifty point five"),
        ("the 21st, 4.5%", "the twenty first four point five percent"),
    ],
)
def test_spellings_of_the_same_words_are_the_same(heard: str, said: str) -> None:
    assert canonical(heard) == canonical(said)


@pytest.mark.parametrize(
    ("heard", "said"),
    [("Jan 5", "January 5th"), ("Chapter IV", "Chapter four"), ("pages 14, 20", "pages fourteen to twenty")],
)
def test_a_text_that_was_not_read_as_words_counts_as_wrong(heard: str, said: str) -> None:
    assert canonical(heard) != canonical(said)


def test_readings_are_words_already() -> None:
    for written, spoken in PLAIN + FIGURES:
        assert re.fullmatch(r"[a-z' ]+", canonical(spoken or written)), written
        assert not re.search(r"\d", spoken)


@needs_peers
def test_the_judge_hears_what_was_said_and_what_was_not() -> None:
    plain = PLAIN[0][0]
    verdicts = words.judged([(plain, ""), (plain, "something else entirely")], words.by_mediamill)
    assert (verdicts[0].errors, verdicts[0].words) == (0, len(plain.split()))
    assert verdicts[1].errors >= 3


# ---- who is asked


@pytest.mark.parametrize("cut", [1, 7, 1_000])
def test_answers_in_chunks_are_whole_when_their_last_chunk_is_there(cut: int) -> None:
    body = b"RIFF" + bytes(300) + b"0\r\n\r\n"  # which looks like an end
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:5], body[5:])) + b"0\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(2):
                connection.recv(1_000)
                for start in range(0, len(answer), cut):
                    connection.sendall(answer[start : start + cut])

    server = Thread(target=serve)
    server.start()
    clients = Clients(listener.getsockname()[1], 1, lambda: b"GET", (200, b"RIFF"), least_bytes=len(body))
    assert len(clients.run(2)) == 2
    clients.close()
    server.join()
    listener.close()


def test_a_server_may_hang_up_on_clients_who_have_their_answers() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def serve() -> None:
        first, _ = listener.accept()
        second, _ = listener.accept()
        first.recv(1_000)
        first.sendall(answer)
        first.close()
        third, _ = listener.accept()  # the first client is back, though nobody wants anything of it
        second.recv(1_000)
        second.sendall(answer)
        second.close()
        third.close()

    server = Thread(target=serve)
    server.start()
    clients = Clients(listener.getsockname()[1], 2, lambda: b"GET", (200, b"ok"))
    assert len(clients.run(2)) == 2
    clients.close()
    server.join()
    listener.close()


@pytest.mark.parametrize("form", ["mp3", "wav"])
def test_the_endpoint_by_hand_speaks_and_keeps_its_answers(form: str) -> None:
    client = TestClient(make_app(kept=True))
    body = serving.spoken("The endpoint speaks.", form=form)
    first, again = (
        client.post("/v1/audio/speech", content=body, headers={"Content-Type": "application/json"}) for _ in range(2)
    )
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("audio/")
    assert len(first.content) > 6_400
    assert again.content == first.content


def test_a_bare_engine_takes_its_time() -> None:
    with bare("espeak-ng") as engine:
        assert engine.cpu_s([sentence(0)]) > 0


# ---- each measurement, once


def numbers(cells: list[str]) -> list[float]:
    return [float(re.sub(r"[^\d.+-]", "", cell)) for cell in cells if re.search(r"\d", cell)]


def test_sentences_are_said_on_both_sides(ours: Mill) -> None:
    with bare("espeak-ng") as engine:
        theirs = per_sentence.pair(ours, engine, per_sentence.singly(ours), [sentence(1), sentence(2)])[1]
        assert theirs > 0
        per_sentence.pair(ours, engine, per_sentence.together(ours, voice="espeak-en-us"), [sentence(3)])
    assert ours.speakers_cpu_s() > 0
    assert len(ours.speakers("cpu")) == 1


def test_clients_get_sound_from_both_sides(ours: Mill) -> None:
    with serving.by_hand("dict") as theirs:
        sides = [serving.Line(ours.server, 2), serving.Line(theirs, 2)]
        distinct = serving.distinct(sides, TINY)
        alike = [serving.duplicates(sides, TINY), serving.repeats(sides, TINY)]
    assert [row[0] for row in distinct][:3] == ["answers/s", "p50 ms", "p99 ms"]
    assert all(number > 0 for row in (*distinct[:5], *alike) for number in numbers(row[1:4]))


def test_the_first_sound_comes_before_all_of_it(ours: Mill) -> None:
    first_s, whole_s = soon.streamed(ours, page(100, 6))
    assert 0 < first_s < whole_s


def test_a_text_is_said_again_as_a_new_job(ours: Mill) -> None:
    before = ours.server.ask("GET", "/jobs?service=speech")
    again_s, first_s = soon.said_twice(ours, page(200, 2), "wav")
    assert again_s > 0
    assert first_s > 0
    after = ours.server.ask("GET", "/jobs?service=speech")
    assert len(json.dumps(after)) > len(json.dumps(before))


def test_memory_is_watched_to_the_end(ours: Mill) -> None:
    seen = memory.watched(ours, book(500, TINY.book_words))
    assert seen[-1][0] == 100
    assert all(mib > 5 for _, mib in seen)


def test_a_long_text_ends(ours: Mill) -> None:
    assert cores.seconds_of(ours, book(900, 100)) > 0


@needs_peers
def test_piper_and_mediamill_say_it_with_the_same_voice(ours: Mill, tmp_path_factory: pytest.TempPathFactory) -> None:
    voices = piper.voices_in(tmp_path_factory.mktemp("piper"))
    with piper.its_server(voices) as theirs:
        piper.hear(theirs, piper.by_piper(theirs), 1, 1)
        assert cpu_s(theirs.pid) > 0
    piper.hear(ours.server, piper.by_mediamill(ours.server, piper.name_of(voices)), 1, 1)


def test_every_format_is_encoded() -> None:
    table = encoders.measure(TINY)
    assert table.count("\n| ") == 1 + 7
