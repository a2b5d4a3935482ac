"""Speech that is heard while it is made."""

from pathlib import Path

import av
import pytest

from mediamill.media.voices.files.formats import Format
from mediamill.services.speech import run
from mediamill.services.speech.params import Params
from mediamill.testing import FakeContext

TEXT = " ".join(f"This is sentence number {word} of a text." for word in ("one", "two", "three", "four", "five", "six"))
STREAMED = [form for form in Format if form.streams]


def streamed(tmp_path: Path, form: str, *, attempt: int = 1) -> tuple[bytes, bytes, FakeContext]:
    """Return the published slices, joined; and the final file."""
    ctx = FakeContext(tmp_path, attempt=attempt)
    result = run(Params.model_validate({"text": TEXT, "format": form, "stream": True}), ctx)
    assert not result.keep_parts
    slices = b"".join(path.read_bytes() for _, path in sorted(ctx.published.items()))
    return slices, result.files[f"speech.{form}"].read_bytes(), ctx


@pytest.mark.parametrize("form", STREAMED)
def test_slices_are_the_final_file_but_for_its_head(form: str, tmp_path: Path) -> None:
    slices, whole, ctx = streamed(tmp_path, form)
    assert len(ctx.published) >= 2
    assert list(ctx.published) == [f"stream/{i:06}" for i in range(1, len(ctx.published) + 1)]
    assert len(whole) * 0.5 < len(slices) < len(whole)
    head = 4_096  # more than any format corrects
    assert slices[head:] == whole[head : len(slices)]


@pytest.mark.parametrize("form", [form for form in STREAMED if form is not Format.PCM])
def test_slices_and_the_rest_of_the_final_file_are_one_sound(form: str, tmp_path: Path) -> None:
    slices, whole, _ = streamed(tmp_path, form)
    heard = tmp_path / f"heard.{form}"
    heard.write_bytes(slices + whole[len(slices) :])
    final = tmp_path / f"final.{form}"
    final.write_bytes(whole)
    assert abs(seconds(heard) - seconds(final)) < 0.06


def seconds(path: Path) -> float:
    with av.open(path) as file:
        return sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0))


@pytest.mark.parametrize("form", STREAMED)
def test_the_next_attempt_publishes_the_same_slices(form: str, tmp_path: Path) -> None:
    first, _, _ = streamed(tmp_path, form)
    second, _, ctx = streamed(tmp_path, form, attempt=2)
    assert not ctx.made
    assert first == second


def test_without_stream_nothing_is_published(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    run(Params(text=TEXT), ctx)
    assert not ctx.published


def test_a_lone_sentence_that_is_waited_for_costs_no_call_of_the_store_before_its_end(tmp_path: Path) -> None:
    ctx = FakeContext(tmp_path)
    result = run(Params(text="One sentence.", stream=True, captions=False), ctx)
    assert not ctx.logged
    assert not ctx.progressed
    assert not ctx.published
    assert (result.data["made"], result.data["silent"], result.data["complete"]) == (1, 0, True)
