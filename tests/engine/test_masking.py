from pathlib import Path

import pytest

from mediamill.engine.masking import Mask

COOKIES = "# Netscape HTTP Cookie File\n.example.com\tTRUE\t/\tTRUE\t0\tsid\tabcdef0123456789\n"


@pytest.mark.parametrize(
    "text",
    [
        "sent pa'ss\"wörd",
        "sent " + repr("pa'ss\"wörd"),
        'sent "pa\'ss\\"w\\u00f6rd"',
        "sent pa%27ss%22w%C3%B6rd",
    ],
)
def test_a_secret_is_hidden_however_it_is_quoted(text: str) -> None:
    assert "***" in Mask(["pa'ss\"wörd"]).secret(text)
    assert "ss" not in Mask(["pa'ss\"wörd"]).secret(text)


def test_a_value_out_of_a_cookie_file_is_hidden() -> None:
    assert Mask([COOKIES]).secret("cookie sid=abcdef0123456789 refused") == "cookie sid=*** refused"


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    assert Mask(["hunter", "hunter22"]).secret("hunter22") == "***"


def test_a_secret_of_a_letter_does_not_blot_out_every_text() -> None:
    assert Mask(["e", ""]).secret("seen here") == "seen here"


def test_credentials_in_a_url_are_hidden_whoever_wrote_them() -> None:
    assert Mask().secret("via http://ann:pw@host:3128/x") == "via http://***@host:3128/x"
    assert Mask().secret("see https://host:8000/a@b") == "see https://host:8000/a@b"


def test_what_is_no_unicode_is_replaced() -> None:
    Mask().secret("name \udcff").encode()


def test_folders_of_the_machine_are_not_told() -> None:
    mask = Mask(places={Path("/data/scratch/j/t"): "", Path("/data"): "files"})
    assert mask.public("no '/data/scratch/j/t/a/b.wav'") == "no 'a/b.wav'"
    assert mask.public("cwd is /data/scratch/j/t") == "cwd is ."
    assert mask.public("in /data/files/x and /data") == "in files/files/x and files"


def test_foreign_words_keep_only_the_last_part_of_a_path() -> None:
    mask = Mask(places={Path("/data"): ""})
    assert (
        mask.foreign("[Errno 2] No such file: '/opt/app dir/lib/x.so'") == "[Errno 2] No such file: 'app dir/lib/x.so'"
    )
    assert mask.foreign("(/etc/ssl/key.pem) https://h/a/b 1/2/3") == "(key.pem) https://h/a/b 1/2/3"
