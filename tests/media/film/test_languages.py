import pytest

from mediamill.media.film.languages import iso_639_2


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("vi", "vie"),
        ("en", "eng"),
        ("en-US", "eng"),
        ("vi_VN", "vie"),
        ("DE", "deu"),
        ("zh-Hans-CN", "zho"),
        ("fil", "fil"),
        ("xx", "und"),
        ("", "und"),
        ("tiếng Việt", "und"),
        ("đảo", "und"),
        ("e1g", "und"),
    ],
)
def test_a_container_is_told_three_letters(tag: str, code: str) -> None:
    assert iso_639_2(tag) == code
