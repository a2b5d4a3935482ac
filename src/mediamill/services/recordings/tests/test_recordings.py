"""A live on loopback, from going on the air to the file."""

import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.live.film import FPS, SMALL, lost, repeated
from tests.live.site import LiveSite, live_site
from tests.live.trouble import Kind

from mediamill import MediamillError, PermanentError, RetryableError
from mediamill.core.errors import Unavailable
from mediamill.media import egress, live
from mediamill.media.live.feed import Feed, Shape
from mediamill.services.recordings import capture
from mediamill.services.recordings.tests.parts import STAND_IN, job, pictures
from mediamill.services.recordings.whereabouts import Whereabouts
from mediamill.settings import LiveSettings
from mediamill.testing import FakeContext, eventually

#: Of a page of the live site, which has streams without segments, too.
_IN_SEGMENTS = {"quality": "90p"}


@pytest.mark.parametrize("form", ["ts", "fmp4", "flv", "plain"])
def test_a_live_becomes_one_file(site: LiveSite, tmp_path: Path, form: str) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    url = {"flv": site.flv("fair"), "plain": site.ts("fair")}.get(form) or site.hls("fair", form)
    running = job(tmp_path, url=url, room_id="studio-1").start()
    running.records()
    fair.play(1.2)
    fair.off()
    result = running.result()
    [seen] = pictures(result)
    assert seen == list(fair.frames)[0 if form in {"ts", "fmp4"} else 4 :], "no picture is lost"
    data = result.data
    [kept] = data["files"]
    assert kept.startswith("studio-1/20")
    assert (data["returncode"], data["s3"], data["parts"], data["reconnects"], data["ended"]) == (0, [], 1, 0, "ended")
    assert data["duration"] == pytest.approx(len(seen) / FPS, abs=0.15)
    [path] = [path for name, path in result.files.items() if name != "thumbnail.jpg"]
    assert path.suffix == ".mp4"
    assert data["bytes"] == path.stat().st_size
    assert data["started_at"] < data["ended_at"]
    assert "missing" not in data
    assert "fault" not in data
    assert result.files["thumbnail.jpg"].read_bytes()[:2] == b"\xff\xd8"
    assert (result.keep_parts, result.reusable) == (False, False)
    assert (tmp_path / "recordings" / kept).is_file()
    assert running.written == 0


def test_of_a_room_its_channel_and_title_name_the_file(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    running = job(tmp_path, room_id="@fair").start()
    running.records()
    fair.off()
    data = running.result().data
    [kept] = data["files"]
    assert kept.startswith("@fair/20")
    assert kept.endswith("Z_Trực tiếp - chợ nổi.mp4")
    assert data["title"] == "Trực tiếp: chợ nổi"


def test_a_page_that_streamlink_knows_is_recorded_in_the_wished_quality(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    options = {"quality": "72p", "container": "mkv"}
    running = job(tmp_path, url=site.page("fair"), output_template="{title} {quality}", options=options).start()
    running.records()
    fair.play(0.4)
    fair.off()
    result = running.result()
    assert result.data["files"] == ["Trực tiếp - chợ nổi 72p.mkv"]
    assert result.data["pictures"] == [[SMALL.width, SMALL.height]]
    assert pictures(result) == [list(fair.frames)]


def test_while_it_records_it_says_so_and_parts_can_be_read(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on()
    running = job(tmp_path, url=site.hls("fair")).start()
    running.records()
    eventually(lambda: running.ctx.progressed)
    assert running.ctx.progressed[0].note.startswith("recording 0:0")
    running.ctx.stopping = True
    result = running.result()
    assert result.data["ended"] == "stopped"
    assert {"part-00001.ts", "recording.json"} <= set(running.ctx.published)
    [seen] = pictures(result)
    assert seen
    assert lost(seen) == repeated(seen) == 0


def test_an_operator_who_keeps_tiktok_live_recorder_has_it_record(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on()
    root = tmp_path / "tiktok-live-recorder"
    (root / "src/utils").mkdir(parents=True)
    shutil.copyfile(STAND_IN, root / "src/main.py")
    (root / "src/cookies.json").write_text("{}")
    (root / "src/stream.txt").write_text(site.flv("fair"))
    live.use(LiveSettings(tlr_root=root, tiktok_url=site.url))
    running = job(tmp_path / "job", room_id="@records").start()
    running.records()
    fair.off()
    result = running.result()
    [seen] = pictures(result)
    assert seen
    assert lost(seen) == 0
    assert result.data["files"][0].startswith("@records/20")
    assert fair.asked[Kind.ROOM] == 0, "nobody but that program asks TikTok"


def test_who_is_not_live_is_told_soon_and_of_watchers(site: LiveSite, tmp_path: Path) -> None:
    site.channel("fair")
    with pytest.raises(PermanentError, match="POST /watchers") as caught:
        job(tmp_path, room_id="@fair").start().result()
    assert caught.value.code == "LIVE_OFFLINE"
    assert site.channel("fair").asked[Kind.ROOM] >= 3


def test_a_stop_before_anything_came_is_no_error(site: LiveSite, tmp_path: Path) -> None:
    site.channel("fair")
    running = job(tmp_path, room_id="@fair")
    running.ctx.stopping = True
    result = running.start().result()
    assert (result.files, result.data["files"], result.data["ended"]) == ({}, [], "stopped")
    assert result.data["started_at"] is None
    assert site.channel("fair").asked.total() == 0


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(404, "NOT_FOUND", PermanentError), (403, "BLOCKED", RetryableError), (429, "RATE_LIMITED", RetryableError)],
)
def test_a_source_that_refuses_says_why(
    site: LiveSite, tmp_path: Path, status: int, code: str, kind: type[MediamillError]
) -> None:
    fair = site.channel("fair")
    fair.on()
    fair.refuse(status)
    with pytest.raises(kind) as caught:
        job(tmp_path, url=site.hls("fair")).start().result()
    assert caught.value.code == code
    assert site.url not in caught.value.message


def test_a_change_of_resolution_makes_two_files(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    running = job(tmp_path, url=site.hls("fair"), room_id="market", output_template="{room_id}").start()
    running.records()
    first = fair.change(SMALL)
    fair.play(1.2)
    fair.off()
    result = running.result()
    assert pictures(result) == [list(range(first)), list(range(first, fair.frames.stop))]
    assert [name for name in result.files if name.endswith(".mp4")] == ["market.mp4", "market (2).mp4"]
    assert result.data["pictures"] == [[160, 90], [SMALL.width, SMALL.height]]
    assert len(set(result.data["files"])) == 2


def test_what_has_no_name_is_filed_under_its_address(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    running = job(tmp_path, url=site.hls("fair"), output_template="{room_id}/{title}.mp4").start()
    running.records()
    fair.off()
    [kept] = running.result().data["files"]
    assert kept.startswith("127.0.0.1-live-fair-ts/20")


def test_an_outage_that_the_window_outlasts_loses_nothing(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    running = job(tmp_path, url=site.hls("fair")).start()
    running.records()
    with fair.outage():
        before = fair.asked[Kind.PLAYLIST]
        fair.play(1.2)
        eventually(lambda: fair.asked[Kind.PLAYLIST] > before + 1)
    fair.off()
    result = running.result()
    assert pictures(result) == [list(fair.frames)]
    assert result.data["reconnects"] >= 1


def test_it_is_as_long_as_wished(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on()
    result = job(tmp_path, url=site.flv("fair"), duration=1).start().result()
    assert result.data["ended"] == "duration"
    assert 0.5 < result.data["duration"] < 3


def test_the_successor_of_a_killed_attempt_goes_on_behind_it(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    first = job(tmp_path, url=site.hls("fair")).killed()
    assert first.written
    fair.play(1.2)
    before = fair.asked[Kind.SEGMENT]
    second = job(tmp_path, attempt=2, url=site.hls("fair")).start()
    eventually(lambda: fair.asked[Kind.SEGMENT] > before)
    fair.play(0.4)
    fair.off()
    result = second.result()
    assert pictures(result) == [list(fair.frames)], "nothing is lost, and nothing twice"
    assert (result.data["parts"], result.data["reconnects"]) == (2, 1)
    assert second.written == 0


def test_what_a_playlist_still_tells_after_the_end_is_taken_by_the_successor(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    job(tmp_path, url=site.hls("fair")).killed()
    fair.play(1.2)
    fair.off()
    result = job(tmp_path, attempt=2, url=site.hls("fair")).start().result()
    assert pictures(result) == [list(fair.frames)]
    assert result.data["ended"] == "ended"


def test_what_a_page_led_to_is_read_to_its_end_by_the_successor(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    first = job(tmp_path, url=site.page("fair"), options=_IN_SEGMENTS).killed()
    assert first.where().stat().st_mode & 0o777 == 0o600
    assert site.address.encode() not in first.where().read_bytes(), "it may open what is behind it"
    fair.play(1.2)
    fair.off()
    result = job(tmp_path, attempt=2, url=site.page("fair"), options=_IN_SEGMENTS).start().result()
    assert pictures(result) == [list(fair.frames)], "the page knows of nothing any more, and its playlist of all"
    assert (result.data["ended"], result.data["lost_segments"], result.data["reconnects"]) == ("ended", 0, 1)
    assert not first.where().exists()
    assert not any(".feed" in name for name in (*result.files, *first.ctx.published))


def test_what_was_on_air_before_anything_was_whole_is_taken_by_the_successor(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    first = job(tmp_path, url=site.page("fair"), options=_IN_SEGMENTS)
    with fair.stalled(Kind.SEGMENT):
        first.start()
        eventually(lambda: fair.asked[Kind.SEGMENT])
        first.lose()
    fair.off()
    result = job(tmp_path, attempt=2, url=site.page("fair"), options=_IN_SEGMENTS).start().result()
    assert pictures(result) == [list(fair.frames)]


def test_where_the_page_leads_elsewhere_the_rest_of_before_comes_first(site: LiveSite, tmp_path: Path) -> None:
    before, after = site.channel("before"), site.channel("after")
    before.on(halted=True)
    before.play(0.8)
    job(tmp_path, url=site.page("before"), options=_IN_SEGMENTS).killed()
    before.play(1.2)
    before.off()
    after.on(halted=True, at_s=20)
    after.play(0.8)
    second = job(tmp_path, attempt=2, url=site.page("after"), options=_IN_SEGMENTS).start()
    eventually(lambda: after.asked[Kind.SEGMENT] > 1)
    after.off()
    result = second.result()
    assert pictures(result) == [[*before.frames, *after.frames]]
    assert (result.data["ended"], result.data["reconnects"]) == ("ended", 2)


def test_a_place_that_cannot_be_reached_keeps_nobody_from_where_the_page_leads(
    site: LiveSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "_REST_OUTAGE_S", 0.0)
    before, after = site.channel("before"), site.channel("after")
    before.on(halted=True)
    before.play(0.8)
    job(tmp_path, url=site.page("before"), options=_IN_SEGMENTS).killed()
    before.refuse(503)
    asked = before.asked[Kind.PLAYLIST]
    after.on(halted=True, at_s=20)
    after.play(0.8)
    second = job(tmp_path, attempt=2, url=site.page("after"), options=_IN_SEGMENTS).start()
    eventually(lambda: after.asked[Kind.SEGMENT] > 1)
    assert before.asked[Kind.PLAYLIST] == asked + 1
    after.off()
    [seen] = pictures(second.result())
    assert seen[-len(after.frames) :] == list(after.frames)


def test_what_could_not_be_reached_at_first_is_read_when_the_page_says_that_it_is_over(
    site: LiveSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "_REST_OUTAGE_S", 0.0)
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    job(tmp_path, url=site.page("fair"), options=_IN_SEGMENTS).killed()
    fair.play(1.2)
    fair.off()
    fair.refuse(503, Kind.PLAYLIST, times=1)  # as while a machine that begins anew has no network
    result = job(tmp_path, attempt=2, url=site.page("fair"), options=_IN_SEGMENTS).start().result()
    assert pictures(result) == [list(fair.frames)]
    assert (result.data["ended"], result.data["lost_segments"]) == ("ended", 0)


def test_what_the_rest_brought_is_not_taken_again_from_where_the_page_leads(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    job(tmp_path, url=site.page("fair"), options=_IN_SEGMENTS).killed()
    asked = Counter(fair.asked)
    fair.play(1.2)
    second = job(tmp_path, attempt=2, url=site.page("fair"), options=_IN_SEGMENTS).start()
    eventually(lambda: fair.asked[Kind.SEGMENT] == asked[Kind.SEGMENT] + 3)
    eventually(lambda: fair.asked[Kind.PLAYLIST] > asked[Kind.PLAYLIST] + 1)
    assert fair.asked[Kind.ROOM] == asked[Kind.ROOM], (
        "where it was recorded it is recorded on, without a word of the page"
    )
    fair.refuse(403, Kind.PLAYLIST, times=1)
    eventually(lambda: fair.asked[Kind.ROOM] > asked[Kind.ROOM])
    fair.play(0.4)
    fair.off()
    assert pictures(second.result()) == [list(fair.frames)]


@dataclass(eq=False)
class Refusing(FakeContext):
    """Takes no part while it refuses; what is told of the recording it takes."""

    why: MediamillError | None = field(default=None, kw_only=True)

    def publish(self, name: str, path: Path) -> None:
        if self.why is not None and name.startswith("part-"):
            raise self.why
        super().publish(name, path)


@pytest.mark.parametrize(
    "why",
    [PermanentError("no", code="ARTIFACT_OUTSIDE"), RetryableError("no", code="UPSTREAM"), Unavailable("no")],
    ids=lambda why: type(why).__name__,
)
def test_a_part_that_nobody_takes_is_no_end_of_the_recording(
    site: LiveSite, tmp_path: Path, why: MediamillError
) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    job(tmp_path, url=site.hls("fair")).killed()
    second = job(tmp_path, attempt=2, url=site.hls("fair"))
    second.ctx = refusing = Refusing(tmp_path, attempt=2)
    fair.play(1.2)
    second.start()
    eventually(lambda: "part-00001.ts" in refusing.published)
    refusing.why = why
    fair.off()
    with pytest.raises((RetryableError, Unavailable)) as caught:
        second.result()
    assert caught.value.code == why.code
    assert second.left(), "whoever comes next finds it"
    result = job(tmp_path, attempt=3, url=site.hls("fair")).start().result()
    assert pictures(result) == [list(fair.frames)]
    assert (result.data["ended"], result.data["parts"]) == ("ended", 2)


def test_where_nobody_may_go_any_more_the_rest_is_not_asked_for(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    first = job(tmp_path, url=site.page("fair"), options=_IN_SEGMENTS).killed()
    fair.off()
    with live_site() as forbidden:
        forbidden.channel("fair").on()
        Whereabouts(first.ctx).note(Feed(forbidden.hls("fair"), Shape.HLS))
        result = job(tmp_path, attempt=2, url=site.page("fair"), options=_IN_SEGMENTS).start().result()
        assert forbidden.channel("fair").asked.total() == 0
    assert result.data["ended"] == "ended"


def test_what_a_killed_attempt_left_becomes_a_file_though_the_live_is_over(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    job(tmp_path, room_id="@fair").killed()
    fair.off(told=False)
    result = job(tmp_path, attempt=2, room_id="@fair").start().result()
    [seen] = pictures(result)
    assert seen
    assert lost(seen) == repeated(seen) == 0
    assert result.data["ended"] == "ended"
    assert result.data["title"] == "Trực tiếp: chợ nổi"


def test_an_attempt_after_the_end_only_makes_the_file(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    first = job(tmp_path, url=site.hls("fair")).start()
    first.records()
    fair.off()
    result = first.result()
    fair.on(halted=True)
    fair.play(0.8)
    asked = fair.asked.total()
    again = job(tmp_path, attempt=2, url=site.hls("fair")).start().result()
    assert fair.asked.total() == asked, "another live is another recording"
    assert again.data["files"] == result.data["files"], "it is kept once"
    assert pictures(again) == pictures(result)


def test_where_the_disk_is_full_what_there_is_becomes_the_file(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    job(tmp_path, url=site.hls("fair")).killed()
    fair.play(0.4)
    live.use(LiveSettings(floor_bytes=2**62))
    result = job(tmp_path, attempt=2, url=site.hls("fair")).start().result()
    assert result.data["missing"] == "DISK_FULL"
    assert all(pictures(result))
    with pytest.raises(RetryableError) as caught:
        job(tmp_path / "other", url=site.hls("fair")).start().result()
    assert caught.value.code == "DISK_FULL"


def test_a_stray_part_becomes_a_recording_of_its_own(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    lost_job = job(tmp_path, url=site.ts("fair")).killed()
    [stray] = lost_job.left()
    with stray.open("ab") as file:
        file.write(b"\x47half a packet")
    result = job(tmp_path / "new", inputs={"rescued": stray}, url=site.ts("fair")).start().result()
    [seen] = pictures(result)
    assert seen == list(fair.frames)[-len(seen) :]
    assert result.data["ended"] == "lost"
    assert stray.exists(), "what was handed in is only read"


def test_a_stray_part_without_anything_whole_is_told(site: LiveSite, tmp_path: Path) -> None:
    stray = tmp_path / "part-00003.ts"
    stray.write_bytes(b"\x47" + bytes(99))
    with pytest.raises(PermanentError) as caught:
        job(tmp_path, inputs={"rescued": stray}, url=site.ts("fair")).start().result()
    assert caught.value.code == "PART_BROKEN"


def test_cookies_that_the_operator_took_away_fail_the_job(site: LiveSite, tmp_path: Path) -> None:
    running = job(tmp_path, url=site.hls("fair"))
    options = running.params.options.model_copy(update={"cookies": SecretStr("gone.txt")})
    running.params = running.params.model_copy(update={"options": options})
    with pytest.raises(PermanentError) as caught:
        running.start().result()
    assert caught.value.code == "COOKIES_MISSING"


def test_where_nobody_may_go_any_more_the_job_fails(site: LiveSite, tmp_path: Path) -> None:
    running = job(tmp_path, url=site.hls("fair"))
    egress.use(None)
    with pytest.raises(PermanentError) as caught:
        running.start().result()
    assert caught.value.code == "INVALID_INPUT"


def test_what_a_stream_that_led_astray_gave_before_is_kept(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    running = job(tmp_path, url=site.hls("fair")).start()
    running.records()
    eventually(lambda: fair.asked[Kind.SEGMENT] >= 2)
    fair.leads_to[Kind.SEGMENT] = "http://169.254.169.254/latest/"
    fair.play(0.4)
    result = running.result()
    assert (result.data["ended"], result.data["missing"]) == ("lost", "BLOCKED")
    assert "169.254.169.254" in result.data["fault"]
    assert pictures(result) == [list(range(8))]


def test_a_copy_in_the_bucket_is_told_where_there_is_one(site: LiveSite, tmp_path: Path) -> None:
    fair = site.channel("fair")
    fair.on(halted=True)
    fair.play(0.8)
    running = job(tmp_path, url=site.hls("fair"), options={"upload_s3": True}).start()
    running.records()
    fair.off()
    data = running.result().data
    assert data["s3"] == [f"s3://bucket/recordings/{data['files'][0]}"]
    running = job(tmp_path / "other", url=site.hls("fair"), options={"upload_s3": True})
    running.ctx.bucket = ""
    fair.on(halted=True)
    fair.play(0.8)
    running.start().records()
    fair.off()
    data = running.result().data
    assert data["s3"] == []
    assert data["fault"].startswith("no copy could be put into the bucket")
