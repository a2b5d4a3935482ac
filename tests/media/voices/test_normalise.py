from mediamill.media.voices.normalise import plain, prose_of_markdown, speakable

PAGE = """---
title: Hidden
---
# A *short* guide

Some **bold** text with a [link](https://example.com/x?y=1), `code`
and an image ![of a cat](cat.png).<!-- not this -->

- one
- two & three

> A quote \\* with a star.

```python
print("never read")
```

| Name | Age |
|------|-----|
| Ada  | 36  |

---

The end.
"""


def test_markdown_is_read_as_prose() -> None:
    assert prose_of_markdown(PAGE).split("\n\n") == [
        "A short guide",
        "Some bold text with a link, code and an image of a cat.",
        "one",
        "two & three",
        "A quote * with a star.",
        "Name, Age",
        "Ada, 36",
        "The end.",
    ]


def test_invisible_and_control_characters_go() -> None:
    assert plain("a\u00adb\u200bc\x07d\ufeff") == "abc d"


def test_text_is_composed_and_its_blanks_single() -> None:
    assert plain("  e\u0302\u0301 \t\u00a0x  \r\ny ") == "ế x\ny"


def test_form_feeds_and_empty_lines_part_paragraphs() -> None:
    assert plain("one\ftwo\n \t\n\n\nthree").split("\n\n") == ["one", "two", "three"]


def test_letters_and_digits_can_be_said() -> None:
    assert speakable("…7!")
    assert speakable("đ")
    assert not speakable("… 🙂 — !? ©")
