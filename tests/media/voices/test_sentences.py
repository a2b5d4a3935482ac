# ruff: noqa: RUF001 - typographic marks are what these tests are about
import itertools
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediamill.media.voices.prose import normalise
from mediamill.media.voices.prose.sentences import LONGEST_CHARS, Ending, split


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Smith and Mrs. Jones met Prof. Lee on Jan. 5 at St. Mary's.",
        "See Fig. 2 on p. 14 of vol. 3, No. 7.",
        "The U.S. Army and J. R. R. Tolkien paid $9.99 at 7:30 p.m. in the end.",
        "It grew by 3.5 percent, e.g. in D.C. or elsewhere, etc. and more.",
        "GS.TS. Nguyễn Văn An và ThS. Lê Thị B. Hoa đến TP. Huế, Q. 1, P. 5.",
        "Theo Điều 5. Khoản 2 của luật, ai cũng vui.",
        "1. The restaurant that did everything at once",
        "“Stop!” he said, and left… slowly.",
        "Visit example.com or mail a.b@example.org today.",
    ],
)
def test_a_sentence_stays_whole(sentence: str) -> None:
    assert texts(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We left at 5 p.m. The train was late.", ["We left at 5 p.m.", "The train was late."]),
        ("He works for Acme Inc. She does not.", ["He works for Acme Inc.", "She does not."]),
        ("He said no. Then he left.", ["He said no.", "Then he left."]),
        ("Really?! Yes. “No.” Why?", ["Really?!", "Yes.", "“No.”", "Why?"]),
        ("In 1984. Then came 1985.", ["In 1984.", "Then came 1985."]),
        ("Xin chào! Bạn khỏe không? Tôi khỏe.", ["Xin chào!", "Bạn khỏe không?", "Tôi khỏe."]),
        ("Ông ở TP. Huế. Bà ở Q. 1. Họ vui.", ["Ông ở TP. Huế.", "Bà ở Q. 1.", "Họ vui."]),
        ("你好。今天很好！走吧", ["你好。", "今天很好！", "走吧"]),
    ],
)
def test_sentences_come_apart(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


GOLDEN = [
    tuple(line.replace("\\n", "\n").split("\t"))
    for line in (Path(__file__).parent / "sentences.tsv").read_text().splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("text", "sentences"), GOLDEN, ids=[text[:40] for text, _ in GOLDEN])
def test_golden_rules_are_met(text: str, sentences: str) -> None:
    assert texts(text) == sentences.split(" ¦ ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A title follows here and there: after "5 a.m." no sentence ends, after "6 P.M." one does.
        (
            "At 5 a.m. Mr. Smith went to the bank. He left the bank at 6 P.M. Mr. Smith then went to the store.",
            [
                "At 5 a.m. Mr. Smith went to the bank.",
                "He left the bank at 6 P.M. Mr. Smith then went to the store.",
            ],
        ),
        # Lines that begin with a small letter are far more often wrapped prose than a list.
        ("features\ncontact manager\nevents, activities\n", ["features contact manager events, activities"]),
        # Without a blank only a word that sentences begin with ends one: System.Console is code.
        (
            "Hello world.Today is Tuesday.Mr. Smith went to the store and bought 1,000.That is a lot.",
            ["Hello world.", "Today is Tuesday.Mr. Smith went to the store and bought 1,000.That is a lot."],
        ),
    ],
)
def test_golden_rules_that_are_not_met(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("– Anh đi đâu? – Hỏi làm gì.", ["– Anh đi đâu?", "– Hỏi làm gì."]),
        ("– Anh đi đâu? – hỏi Nam. Nam cười.", ["– Anh đi đâu? – hỏi Nam.", "Nam cười."]),
        ("GS.TS. Nguyễn Văn An đến. PGS.TS. Lê về.", ["GS.TS. Nguyễn Văn An đến.", "PGS.TS. Lê về."]),
        ("Theo Điều 5. Khoản 2 của luật. Ai cũng vui.", ["Theo Điều 5. Khoản 2 của luật.", "Ai cũng vui."]),
        (
            "1. Theo Điều 2. Khoản 3 thì có. 2. Còn lại thì không.",
            ["1. Theo Điều 2. Khoản 3 thì có.", "2. Còn lại thì không."],
        ),
        ("Ông ở TP.HCM. Bà ở Q.1.", ["Ông ở TP.HCM.", "Bà ở Q.1."]),
        ("Nguyễn Văn A. Anh là thợ. Lê Thị B. Hoa cười.", ["Nguyễn Văn A.", "Anh là thợ.", "Lê Thị B. Hoa cười."]),
        ("Tôi mệt... Nhưng vẫn đi. Rồi… thôi.", ["Tôi mệt...", "Nhưng vẫn đi.", "Rồi… thôi."]),
        ("Tôi về.Anh ấy ở lại.", ["Tôi về.", "Anh ấy ở lại."]),
        ("See e.g. Apples, i.e. Fruit. The end.", ["See e.g. Apples, i.e. Fruit.", "The end."]),
        ("The U.S. Army left the U.S. We stayed.", ["The U.S. Army left the U.S.", "We stayed."]),
        (
            "Take vitamin C. The rest is up to you and I. Do it.",
            ["Take vitamin C.", "The rest is up to you and I.", "Do it."],
        ),
        ("Mr. T. Smith and J. R. R. Tolkien met. Good.", ["Mr. T. Smith and J. R. R. Tolkien met.", "Good."]),
        (
            "Python 3.11.2 is out. Get it at https://a.org/b.c. Now.",
            ["Python 3.11.2 is out.", "Get it at https://a.org/b.c.", "Now."],
        ),
        ("Use System.Console.WriteLine and x.py. Done.", ["Use System.Console.WriteLine and x.py.", "Done."]),
        ("“Stop!” he said. “Why?” ‘No.’ She left.", ["“Stop!” he said.", "“Why?”", "‘No.’", "She left."]),
        ("He (Mr. Lee) left. (She stayed.) Good.", ["He (Mr. Lee) left.", "(She stayed.)", "Good."]),
        (
            "In Jan. 5 came. In Feb. The rest. No. I won't.",
            ["In Jan. 5 came.", "In Feb.", "The rest.", "No.", "I won't."],
        ),
        ("「行く。」と言った。「行く。」彼は言った。", ["「行く。」と言った。", "「行く。」", "彼は言った。"]),
        ("नमस्ते। आप कैसे हैं? ठीक।", ["नमस्ते।", "आप कैसे हैं?", "ठीक।"]),
        ("مرحبا. كيف حالك؟ بخير.", ["مرحبا.", "كيف حالك؟", "بخير."]),
        ("สวัสดีครับ ผมชื่อสมชาย", ["สวัสดีครับ ผมชื่อสมชาย"]),
        (
            "今天我们一起出去玩，天气非常好，大家都很开心，\n晚上才回家。",
            ["今天我们一起出去玩，天气非常好，大家都很开心，晚上才回家。"],
        ),
    ],
)
def test_sentences_of_all_kinds_come_apart(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_paragraphs_are_kept_and_wrapped_lines_joined() -> None:
    text = "The first sentence of this paragraph is wrapped here\nand goes on. A second.\n\nAnother paragraph."
    assert [(s.text, s.ending, s.paragraph) for s in split(text)] == [
        ("The first sentence of this paragraph is wrapped here and goes on.", Ending.SENTENCE, 0),
        ("A second.", Ending.PARAGRAPH, 0),
        ("Another paragraph.", Ending.PARAGRAPH, 1),
    ]


def test_titles_verses_and_lists_keep_their_lines() -> None:
    text = "My Day\nI woke up.\n- milk\n- bread\n1. First\n2. Second"
    assert texts(text) == ["My Day", "I woke up.", "- milk", "- bread", "1. First", "2. Second"]


def test_a_very_long_sentence_is_cut_at_its_clauses() -> None:
    clause = "and then the postman walked on through the rain with a heavy bag"
    pieces = list(split(", ".join([clause] * 12) + "."))
    assert len(pieces) > 1
    assert all(piece.text.endswith((",", ".")) for piece in pieces)
    assert [piece.ending for piece in pieces] == [Ending.CLAUSE] * (len(pieces) - 1) + [Ending.PARAGRAPH]


def test_pieces_of_a_long_sentence_are_about_equal() -> None:
    pieces = texts("He walked, " + "and went on and on, " * 22 + "until the end.")
    assert len(pieces) == 2
    assert abs(len(pieces[0]) - len(pieces[1])) < 100


def test_a_megabyte_without_a_blank_is_cut() -> None:
    pieces = texts("a" * 1_000_000)
    assert "".join(pieces) == "a" * 1_000_000
    assert max(map(len, pieces)) == LONGEST_CHARS


def test_a_cut_leaves_marks_on_their_letters() -> None:
    assert all(not piece.startswith("\u0301") for piece in texts("x\u0301" * 500))


@pytest.mark.parametrize(
    "text",
    ["." * 300_000 + "a", "Mr. " * 100_000, "x" + "\u0301" * 300_000, "[" * 300_000, "a, " * 100_000, "!)" * 150_000],
    ids=["dots", "titles", "marks", "brackets", "clauses", "closers"],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    assert sum(len(sentence.text) for sentence in split(normalise.prose(text))) > 0
    assert time.process_time() - began < 5.0, "the time grows with the square of the length"


@pytest.mark.parametrize("part", ["One. Two is here.\n\n", "A line.\n", "And on it goes. ", "word, ", "a", "好。"])
def test_memory_does_not_grow_with_the_text(part: str) -> None:
    text = part * (2_000_000 // len(part))
    tracemalloc.start()
    assert sum(1 for _ in itertools.islice(split(text), 2_000)) == 2_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_very_long_paragraph_counts_as_several_and_ends_once() -> None:
    sentences = list(split("One sentence, and on it goes. " * 10_000 + "\n\nThe end."))
    assert sentences[-2].paragraph > 2
    assert [sentence.ending for sentence in sentences].count(Ending.PARAGRAPH) == 2
    assert {sentence.text for sentence in sentences} == {"One sentence, and on it goes.", "The end."}


@given(st.text(alphabet='aB1 .!?,;\n"”)đỗ。Dr', max_size=1_500))
def test_nothing_is_lost_and_nothing_too_long(text: str) -> None:
    sentences = list(split(normalise.plain(text)))
    assert "".join("".join(s.text.split()) for s in sentences) == "".join(text.split())
    assert all(0 < len(s.text) <= LONGEST_CHARS for s in sentences)
