import os
from pathlib import Path

import pytest
from tests.media.film import player, reels
from tests.media.film.reels import SMALL, VOICE_HZ

from mediamill.media.film.look import Look
from mediamill.media.film.soundtrack import Music

SRT = "1\n00:00:00,000 --> 00:00:02,000\nÔng Bụt\n\n"


@pytest.fixture(scope="module")
def browser() -> str:
    """A browser; without one the test is skipped and counted, but not in CI."""
    found = player.browser()
    if found is None:
        assert os.environ.get("BROWSER_NEEDED") != "1", "there is no Chromium: scripts/setup-browser"
        pytest.skip("no Chromium here: scripts/setup-browser (as root)")
    return found


@pytest.mark.parametrize("look", [SMALL, reels.in_webm()], ids=["mp4", "webm"])
def test_a_browser_plays_a_film_to_its_end(tmp_path: Path, browser: str, look: Look) -> None:
    music = Music(reels.write_wav(tmp_path / "music.wav", reels.tone(220, 1.5)), -14, -10)
    made = reels.reel(tmp_path, [reels.beeping(VOICE_HZ + 77), reels.beeping(VOICE_HZ + 991)], look)
    told = player.played(browser, reels.film(tmp_path, made, srt=SRT, music=music), tmp_path)
    assert told.what == "ended", told
    assert (told.width, told.height) == (look.frame.width, look.frame.height)
    assert told.duration == pytest.approx(made.frames / look.fps, abs=0.021)
    assert told.at == pytest.approx(told.duration, abs=0.05)
    assert told.jumped == pytest.approx(told.duration / 2, abs=0.05)


def test_a_browser_says_what_it_cannot_play(tmp_path: Path, browser: str) -> None:
    # So that the test above is known to notice.
    torn = tmp_path / "film.mp4"
    torn.write_bytes(reels.film(tmp_path, reels.reel(tmp_path, [reels.beeping(VOICE_HZ)])).read_bytes()[:4_000])
    assert player.played(browser, torn, tmp_path).what == "error"
