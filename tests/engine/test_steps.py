import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from hashlib import sha256
from pathlib import Path
from threading import Event

import pytest
from tests.conftest import PLAIN_TICKET
from tests.engine.mill import CACHE_BYTES, Files, Mill, Params, Switch

from mediamill import Context, Result
from mediamill.core.errors import Cancelled, Later, PermanentError
from mediamill.core.states import State
from mediamill.engine.shelf import Shelf
from mediamill.engine.steps import AGAIN_S, ELSEWHERE, LEASE_MS, RENEW_S, WAIT_S, SharedSteps
from mediamill.engine.sweep import Sweeper
from mediamill.files.folders import FolderCache
from mediamill.files.steps import StepCache
from mediamill.settings import KeepSettings, RedisSettings
from mediamill.store.cache import CacheIndex, put_ms
from mediamill.store.keys import Keys
from mediamill.store.pool import Client
from mediamill.store.scripts import Scripts
from mediamill.store.steps import Steps


class Bench:
    """A step cache that several attempts share. Time passes only while one waits."""

    def __init__(self, scripts: Scripts, folder: Path) -> None:
        self.files = Files(folder / "files")
        self.rights = Steps(scripts)
        self.now = 0.0
        self.steps = SharedSteps(
            Shelf(CacheIndex(scripts), self.files, CACHE_BYTES), self.rights, now=lambda: self.now, wait=self.wait
        )
        self.folder = folder
        self.made: list[str] = []
        self.while_waiting: Callable[[], None] = lambda: None
        self._drafts = 0

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.while_waiting()

    def ask(self, me: str, key: str = "k", make: Callable[[Path], None] | None = None) -> tuple[str, bool]:
        """Return the step's content and whether it was made."""
        path, made = self.steps.get_or_make(key, me, self.draft(), make or self.maker(me), self.check)
        return path.read_text(), made

    def ask_folder(self, me: str, make: Callable[[Path], None]) -> tuple[int, bool]:
        """Return how many files the folder has, and whether it was made."""
        path, made = self.steps.get_or_make_folder("k", me, self.draft(), make, self.check)
        return len(list(path.iterdir())), made

    def maker(self, me: str) -> Callable[[Path], None]:
        def make(path: Path) -> None:
            self.made.append(me)
            path.write_text(f"by {me}")

        return make

    def draft(self) -> Path:
        self._drafts += 1
        return self.folder / f"draft-{self._drafts}"

    def check(self) -> None:
        pass

    def hold(self, key: str) -> None:
        """Let another attempt make the step."""
        assert self.rights.own(sha256(key.encode()).hexdigest(), "other", lease_ms=LEASE_MS)

    def release(self, key: str) -> None:
        self.rights.release(sha256(key.encode()).hexdigest(), "other")

    def held(self, scripts: Scripts) -> int:
        return len(scripts.client.run("KEYS", scripts.keys("step", "*")))


@pytest.fixture
def scripts(client: Client, redis_settings: RedisSettings) -> Scripts:
    return Scripts(Switch(client), Keys(redis_settings.prefix), PLAIN_TICKET)


@pytest.fixture
def bench(scripts: Scripts, tmp_path: Path) -> Bench:
    return Bench(scripts, tmp_path)


def test_a_step_is_made_once_and_its_right_is_given_back(bench: Bench, scripts: Scripts) -> None:
    assert bench.ask("a") == ("by a", True)
    assert bench.ask("b") == ("by a", False)
    assert bench.held(scripts) == 0


def test_threads_of_one_process_make_a_step_once(scripts: Scripts, tmp_path: Path) -> None:
    shared = SharedSteps(Shelf(CacheIndex(scripts), Files(tmp_path / "files"), CACHE_BYTES), Steps(scripts))
    began, made = Event(), []

    def make(path: Path) -> None:
        made.append(path)
        began.wait(0.2)
        path.write_text("x")

    def ask(me: str) -> bool:
        return shared.get_or_make("k", me, tmp_path / me, make, lambda: None)[1]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(ask, "abcdefgh")) == [False] * 7 + [True]
    assert len(made) == 1


MAKER = """
import sys
from pathlib import Path
from tests.conftest import PLAIN_TICKET
from mediamill.engine.steps import SharedSteps
from mediamill.engine.shelf import Shelf
from mediamill.files.disk import Disk
from mediamill.settings import RedisSettings
from mediamill.store.cache import CacheIndex, put_ms
from mediamill.store.keys import Keys
from mediamill.store.pool import connect
from mediamill.store.scripts import Scripts
from mediamill.store.steps import Steps

url, prefix, folder, me = sys.argv[1:]
folder = Path(folder)
scripts = Scripts(connect(RedisSettings(url=url)), Keys(prefix), PLAIN_TICKET)
steps = SharedSteps(Shelf(CacheIndex(scripts), Disk(folder / "files"), 10_000), Steps(scripts))

def make(path):
    print("making", flush=True)
    if sys.stdin.readline():
        path.write_text(me)

path, made = steps.get_or_make("k", me, folder / me, make, lambda: None)
print(path.read_text(), made, flush=True)
"""


def test_processes_make_a_step_once(redis_settings: RedisSettings, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", MAKER, redis_settings.url, redis_settings.prefix, str(tmp_path)]
    first, second = (
        subprocess.Popen([*arguments, me], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for me in "ab"
    )
    with first, second, ThreadPoolExecutor(2) as readers:
        said = [readers.submit(each.stdout.readline) for each in (first, second) if each.stdout]
        wait(said, return_when=FIRST_COMPLETED)
        maker = 0 if said[0].done() else 1  # whoever makes it, the other one waits for the file
        assert said[maker].result() == "making\n"
        (first, second)[maker].communicate("go\n")
        assert said[1 - maker].result(10) == f"{'ab'[maker]} False\n"


def test_who_waits_gets_what_the_other_made(bench: Bench, scripts: Scripts) -> None:
    bench.hold("k")

    def finish() -> None:
        if bench.now > 1:
            bench.maker("other")(done := bench.draft())
            StepCache(bench.files).put("k", done)
            bench.release("k")

    bench.while_waiting = finish
    assert bench.ask("me") == ("by other", False)
    assert bench.now < 2
    assert bench.held(scripts) == 0


def test_a_maker_that_died_is_not_waited_for_after_its_lease(bench: Bench, client: Client, scripts: Scripts) -> None:
    bench.hold("k")

    def expire() -> None:
        if bench.now > 5:
            client.run("DEL", *client.run("KEYS", scripts.keys("step", "*")) or ["none"])

    bench.while_waiting = expire
    assert bench.ask("me") == ("by me", True)
    assert 5 < bench.now < 6


def test_a_maker_that_takes_too_long_is_not_waited_for(bench: Bench) -> None:
    bench.hold("k")
    assert bench.ask("me") == ("by me", True)
    assert WAIT_S <= bench.now < WAIT_S + 1


def test_a_cancel_ends_the_wait(bench: Bench) -> None:
    bench.hold("k")

    def cancelled() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        bench.steps.get_or_make("k", "me", bench.draft(), bench.maker("me"), cancelled)
    assert bench.made == []


def test_a_step_within_a_step_holds_no_second_right(bench: Bench, scripts: Scripts) -> None:
    held = []

    def outer(path: Path) -> None:
        inner, _ = bench.ask("me", "inner")
        held.append(bench.held(scripts))
        path.write_text(f"around {inner}")

    assert bench.ask("me", "outer", outer) == ("around by me", True)
    assert held == [1]
    assert bench.held(scripts) == 0


def test_two_attempts_with_crossed_steps_do_not_wait_in_a_ring(bench: Bench) -> None:
    bench.hold("inner")  # whose holder in turn would wait for `outer`

    def outer(path: Path) -> None:
        path.write_text(bench.ask("me", "inner")[0])

    assert bench.ask("me", "outer", outer) == ("by me", True)
    assert bench.now == 0


def test_a_make_that_fails_gives_the_right_back(bench: Bench, scripts: Scripts) -> None:
    def fail(_path: Path) -> None:
        raise PermanentError("no")

    with pytest.raises(PermanentError):
        bench.ask("me", make=fail)
    assert bench.held(scripts) == 0
    assert bench.ask("me") == ("by me", True)


def test_a_make_that_writes_nothing_is_told(bench: Bench) -> None:
    with pytest.raises(PermanentError) as missing:
        bench.ask("me", make=lambda _path: None)
    assert missing.value.code == "STEP_MISSING"


@pytest.mark.parametrize("trouble", ["FILES_UNAVAILABLE", "FILES_FULL"])
def test_a_cache_that_cannot_be_reached_only_costs_time(bench: Bench, trouble: str) -> None:
    bench.ask("a")
    bench.files.refuses = trouble
    assert bench.ask("b") == ("by b", True)
    bench.files.refuses = None
    assert bench.ask("c") == ("by a", False)


def test_without_the_store_steps_are_made_all_the_same(bench: Bench, scripts: Scripts) -> None:
    assert isinstance(scripts.client, Switch)
    scripts.client.away = True
    assert bench.ask("a") == ("by a", True)


def test_a_step_outlives_its_eviction(bench: Bench) -> None:
    bench.ask("a")
    path, made = bench.steps.get_or_make("k", "b", bench.draft(), bench.maker("b"), bench.check)
    bench.files.delete_prefix("cache")
    assert (path.read_text(), made) == ("by a", False)


# ---- the right of one who makes for long, and folders


def test_a_right_is_renewed_while_its_holder_makes(bench: Bench, scripts: Scripts) -> None:
    ttl = []

    def slowly(path: Path) -> None:
        for _ in range(4):
            client_ttl = scripts.client.run("PTTL", scripts.keys("step", sha256(b"k").hexdigest()))
            scripts.client.run("PEXPIRE", scripts.keys("step", sha256(b"k").hexdigest()), 1_000)
            ttl.append(client_ttl)
            bench.now += RENEW_S
            bench.steps.renew("me")
        path.write_text("done")

    assert bench.ask("me", make=slowly) == ("done", True)
    assert min(ttl) > LEASE_MS - 5_000


def test_a_right_is_not_renewed_at_each_look(bench: Bench, scripts: Scripts) -> None:
    def make(path: Path) -> None:
        before = scripts.client.run("INFO", "commandstats")["cmdstat_evalsha"]["calls"]
        for _ in range(100):
            bench.now += RENEW_S / 50
            bench.steps.renew("me")
        asked = scripts.client.run("INFO", "commandstats")["cmdstat_evalsha"]["calls"] - before
        path.write_text(f"{asked}")

    assert int(bench.ask("me", make=make)[0]) < 50  # others use the same server


def test_who_makes_without_the_right_does_not_take_it_by_the_way(bench: Bench, scripts: Scripts) -> None:
    bench.hold("k")

    def make(path: Path) -> None:
        bench.release("k")
        bench.now += RENEW_S
        bench.steps.renew("me")
        path.write_text(f"{bench.held(scripts)} held")

    assert bench.ask("me", make=make) == ("0 held", True)


class Album:
    """A folder that takes some time to make."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.made = 0

    def ask(self, me: str, **options: float) -> tuple[list[str], bool]:
        steps, draft = self.bench.steps, self.bench.draft()
        path, made = steps.get_or_make_folder("k", me, draft, self.make, self.bench.check, **options)
        return sorted(each.name for each in path.iterdir()), made

    def make(self, folder: Path) -> None:
        assert list(folder.iterdir()) == []
        self.made += 1
        (folder / f"song-{self.made}").write_text("la")


def test_a_folder_is_made_once(bench: Bench) -> None:
    album = Album(bench)
    assert album.ask("a") == (["song-1"], True)
    assert album.ask("b") == (["song-1"], False)


def test_a_folder_that_is_too_old_is_made_anew_and_the_new_one_is_kept(bench: Bench) -> None:
    album = Album(bench)
    album.ask("a")
    assert album.ask("b", max_age_s=-1) == (["song-2"], True)
    assert album.ask("c") == (["song-2"], False)


def test_what_lies_where_a_folder_is_to_be_made_is_no_part_of_it(bench: Bench) -> None:
    album = Album(bench)
    album.ask("a")
    [song] = [found.key for found in bench.files.list("cache") if not found.key.endswith("manifest.json")]
    bench.files.delete(song)
    assert album.ask("b") == (["song-2"], True)
    assert album.ask("c") == (["song-2"], False)


def test_what_came_of_a_folder_before_the_files_were_away_is_no_part_of_it(bench: Bench) -> None:
    def two(folder: Path) -> None:
        assert list(folder.iterdir()) == []
        for name in "ab":
            (folder / name).write_text(name)

    bench.steps.get_or_make_folder("k", "a", bench.draft(), two, bench.check)
    bench.files.refuses = "FILES_UNAVAILABLE"
    objects = sorted(found.key for found in bench.files.list("cache") if not found.key.endswith("manifest.json"))
    bench.files.below = objects[-1]  # the first one is had
    path, made = bench.steps.get_or_make_folder("k", "b", bench.draft(), two, bench.check)
    assert (sorted(each.name for each in path.iterdir()), made) == (["a", "b"], True)


def test_who_waits_too_long_for_a_folder_gives_the_slot_back_and_never_makes_it_twice(bench: Bench) -> None:
    album = Album(bench)
    entry = FolderCache(bench.files).entry("k")
    assert bench.rights.own(entry, "other", lease_ms=LEASE_MS)
    with pytest.raises(Later) as later:
        album.ask("me")
    assert (later.value.seconds, later.value.note) == (AGAIN_S, ELSEWHERE)
    assert WAIT_S <= bench.now < WAIT_S + 1
    with pytest.raises(Later):
        album.ask("me", patience_s=0)  # as one who comes again
    assert bench.now < WAIT_S + 1
    assert album.made == 0
    bench.rights.release(entry, "other")
    assert album.ask("me", patience_s=0) == (["song-1"], True)


def test_who_waits_for_a_folder_gets_it_when_it_is_there(bench: Bench) -> None:
    album, folders = Album(bench), FolderCache(bench.files)
    assert bench.rights.own(folders.entry("k"), "other", lease_ms=LEASE_MS)

    def finish() -> None:
        if bench.now > 1 and not album.made:
            (done := bench.draft()).mkdir()
            album.make(done)
            folders.put("k", done)
            bench.rights.release(folders.entry("k"), "other")

    bench.while_waiting = finish
    assert album.ask("me") == (["song-1"], False)
    assert bench.now < 2


def test_a_folder_is_nobody_elses_to_make_while_it_goes_to_a_slow_bucket(bench: Bench, scripts: Scripts) -> None:
    left = []
    bench.files.taking = lambda _key: left.append(
        scripts.client.run("PTTL", scripts.keys("step", FolderCache(bench.files).entry("k")))
    )
    Album(bench).ask("a")
    assert min(left) > put_ms(0) - 5_000


def test_the_right_lasts_as_long_while_it_is_renewed_between_files(bench: Bench, scripts: Scripts) -> None:
    steps, left = bench.steps, []

    def two(folder: Path) -> None:
        for name in "ab":
            (folder / name).write_text(name)

    def check() -> None:
        bench.now += RENEW_S
        steps.renew("me")

    def taking(_key: str) -> None:
        left.append(scripts.client.run("PTTL", scripts.keys("step", FolderCache(bench.files).entry("k"))))

    bench.files.taking = taking
    steps.get_or_make_folder("k", "me", bench.draft(), two, check)
    assert len(left) == 2
    assert min(left) > put_ms(0) - 5_000


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_cancel_is_heard_between_two_files_of_a_folder(bench: Bench, scripts: Scripts, way: str) -> None:
    def many(folder: Path) -> None:
        for name in range(5):
            (folder / f"{name}").write_text("la")

    if way == "out":
        bench.steps.get_or_make_folder("k", "a", bench.draft(), many, bench.check)
    looks = 0

    def cancelled() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise Cancelled

    draft = bench.draft()
    with pytest.raises(Cancelled):
        bench.steps.get_or_make_folder("k", "me", draft, many, cancelled)
    assert bench.held(scripts) == 0
    kept = list(bench.files.list("cache"))
    if way == "in":
        assert kept == []
        assert bench.ask_folder("b", many) == (5, True)
    else:
        assert len(list(draft.iterdir())) == 2
        assert bench.ask_folder("b", many) == (5, False)


def test_without_the_store_a_folder_is_made_and_not_kept(bench: Bench, scripts: Scripts) -> None:
    assert isinstance(scripts.client, Switch)
    scripts.client.away = True
    album = Album(bench)
    assert album.ask("a") == (["song-1"], True)
    assert album.ask("b") == (["song-2"], True)
    scripts.client.away = False
    assert album.ask("c") == (["song-3"], True)
    assert album.ask("d") == (["song-3"], False)


# ---- as attempts


def test_an_attempt_tells_at_its_end_what_it_put_and_found(mill: Mill) -> None:
    def work(params: Params, ctx: Context) -> Result:
        for number in range(3):
            ctx.cached(str(number), Path.touch)

        def fill(folder: Path) -> None:
            (folder / "a").write_text(params.text)

        folder = ctx.cached_folder("folder", fill)
        return Result(files={"a.txt": folder / "a"})

    first = mill.run(mill.service(work), Params(text="one"))
    second = mill.run(mill.service(work), Params(text="one"), owner="bob")
    assert [mill.log(job.id)["attempt.cache"] for job in (first, second)] == [
        {"hits": 0, "made": 4},
        {"hits": 4, "made": 0},
    ]
    found = mill.shelf.index.overview()
    assert (found.entries, found.counts["hits"], found.counts["misses"]) == (4, 4, 4)
    entry = FolderCache(mill.files).entry("folder")
    assert mill.shelf.index.folders_of([first.id, second.id]) == {first.id: [entry], second.id: [entry]}
    artifact = second.files["a.txt"]
    assert b"".join(mill.files.read(artifact.key)) == b"one"


def test_an_attempt_that_waits_for_anothers_folder_comes_again_without_a_charge(mill: Mill) -> None:
    entry = FolderCache(mill.files).entry("folder")
    holder = mill.claimed(Params(text="the holder"))
    assert Steps(mill.scripts).own(entry, f"{holder.id} {holder.token}", lease_ms=60_000)
    patience = []

    def work(_params: Params, ctx: Context) -> Result:
        began = time.monotonic()
        try:
            return Result(files={"a": ctx.cached_folder("folder", lambda folder: (folder / "a").touch()) / "a"})
        finally:
            patience.append(time.monotonic() - began)

    service = mill.service(work)
    # The first wait is half a minute of the machine's own clock, so this one comes as one that waited before.
    job_id = mill.submit(service).id
    mill.store.run("HSET", mill.scripts.keys("job", job_id), "stage", ELSEWHERE, "polls", 1)
    for _ in range(2):
        mill.take(service)
        job = mill.job(job_id)
        assert (job.state, job.failures, job.stage) == (State.RETRY, 0, ELSEWHERE)
        for _ in range(2):
            assert mill.attempts.renew([(holder.id, holder.token or "")]) == ["held"]
            mill.forward(AGAIN_S / 2 + 1)
        mill.sweeper.round()
        assert Steps(mill.scripts).own(entry, f"{holder.id} {holder.token}", lease_ms=60_000)
    mill.attempts.succeed(holder.id, holder.token or "", {}, {})
    mill.take(service)
    assert len(patience) == 3
    assert mill.job(job_id).state is State.SUCCESS
    assert max(patience) < WAIT_S / 2


def test_the_sweeper_keeps_the_cache_clean_and_goes_on_where_it_cannot(mill: Mill) -> None:
    sweeper = Sweeper(mill.sweeps, mill.jobs, mill.artifacts, mill.purger, KeepSettings(), cleaner=mill.cleaner)
    spoilt = mill.scripts.keys("cache_totals")
    mill.store.run("SET", spoilt, "spoilt")
    job = mill.run(mill.service(lambda _params, _ctx: Result()))
    sweeper.round()
    assert mill.artifacts.has_record(job.id)
    mill.store.run("DEL", spoilt)
    for _ in range(5):
        sweeper.round()
    assert mill.shelf.index.overview().looked
