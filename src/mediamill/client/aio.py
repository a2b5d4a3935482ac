"""The client for an event loop. `sync.py` is the same for ordinary code: change them together."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mediamill.client import cache, calls, connect, kept, live, watchers
from mediamill.client.answers import Accepted, Event, Job, JobFile, LogLine, Purged, QueueState, Redriven, Voice
from mediamill.client.archives import ArchiveDraft
from mediamill.client.cache import CacheEntry, CacheState, Cleared, Pinned, Warmed
from mediamill.client.calls import DeadFilter, Upload
from mediamill.client.errors import ApiError, NotFinished, Unreachable
from mediamill.client.kept import KeptDraft, KeptFile, KeptFilter, Place
from mediamill.client.marked import Told
from mediamill.client.saving import Draft
from mediamill.client.watchers import Watcher, Watching
from mediamill.client.wire import AsyncWire


class AsyncClient:
    """Talks to one server. Use with `async with`, or `close` it.

    retries: how often a request that found nobody, or a busy server, is sent again. A submit
    carries an Idempotency-Key, so that this never makes two jobs.

    Every call may raise Unreachable, and ApiError when the server refuses.
    """

    def __init__(
        self,
        url: str = connect.DEFAULT_URL,
        api_key: str | None = None,
        *,
        retries: int = 2,
        timeout_s: float = connect.TIMEOUT_S,
    ) -> None:
        self._wire = AsyncWire(url, api_key, retries, timeout_s)
        self.url = self._wire.url

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    # ---- jobs

    async def submit(  # noqa: PLR0913 - what a request may say
        self,
        service: str,
        params: Mapping[str, Any] | None = None,
        *,
        files: Mapping[str, Upload] | None = None,
        priority: int = 0,
        force: bool = False,
        start_within_s: float | None = None,
        time_limit_s: float | None = None,
        idempotency_key: str | None = None,
    ) -> Accepted:
        """Ask for a job.

        files: input name -> a path, or a name and its bytes. priority: -9..9, higher sooner.
        force: run it even when the same request is running or done already. start_within_s: fail
        unless it starts in time. time_limit_s: what one attempt may take, at most the service's own
        limit. idempotency_key: made up when absent; give your own, and a later run of your program
        gets the same job.
        """
        return await self._wire.send(
            calls.submit(
                service,
                params or {},
                files or {},
                priority=priority,
                force=force,
                start_within_s=start_within_s,
                time_limit_s=time_limit_s,
                idempotency_key=idempotency_key,
            )
        )

    async def job(self, task_id: str) -> Job:
        """Look at a job."""
        return await self._wire.send(calls.job(task_id))

    async def jobs(
        self,
        *,
        service: str | None = None,
        status: str | None = None,
        owner: str | None = None,
        children: bool = False,
        page_size: int = 50,
    ) -> AsyncIterator[Job]:
        """Yield jobs, newest first, page by page.

        owner: for operators. children: also those that only another job has asked for.
        """
        cursor = None
        while True:
            page = await self._wire.send(
                calls.jobs(
                    service=service, status=status, owner=owner, children=children, cursor=cursor, limit=page_size
                )
            )
            for job in page.jobs:
                yield job
            cursor = page.next
            if cursor is None:
                return

    async def wait(self, task_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the job when it is finished. Raises NotFinished after `timeout_s` seconds."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            left_s = calls.LONGEST_WAIT_S if end is None else end - time.monotonic()
            job = await self._wire.send(calls.job(task_id, wait_s=min(max(left_s, 0.0), calls.LONGEST_WAIT_S)))
            if job.finished:
                return job
            if end is not None and time.monotonic() >= end:
                raise NotFinished(f"job {task_id} is {job.status} after {timeout_s:g} s")

    async def cancel(self, task_id: str) -> Job:
        """Cancel a job and discard what it made. Raises ApiError CONFLICT when it has ended."""
        return await self._wire.send(calls.cancel(task_id))

    async def stop(self, task_id: str) -> Job:
        """Ask a job that has begun to finish early and keep what there is."""
        return await self._wire.send(calls.stop(task_id))

    async def retry(self, task_id: str) -> Accepted:
        """Run a failed or cancelled job again; its history is kept."""
        return await self._wire.send(calls.retry(task_id))

    async def set_priority(self, task_id: str, priority: int) -> Job:
        """Move a waiting job in its line: -9..9, higher is sooner."""
        return await self._wire.send(calls.prioritise(task_id, priority))

    # ---- many jobs

    async def dead_letters(self, wanted: DeadFilter | None = None, *, page_size: int = 50) -> AsyncIterator[Job]:
        """Yield failed jobs, the last to fail first, page by page; `body["history"]` has their attempts."""
        cursor = None
        while True:
            page = await self._wire.send(calls.dead_letters(wanted or DeadFilter(), cursor=cursor, limit=page_size))
            for job in page.jobs:
                yield job
            cursor = page.next
            if cursor is None:
                return

    async def redrive(
        self, wanted: str | Iterable[str] | DeadFilter, *, told: Callable[[Redriven], None] | None = None
    ) -> Redriven:
        """Run failed jobs again: one, some, or those of a filter, which must not be empty; their history is kept.

        told: hears after every round what is done so far.
        """
        return await self._wire.rounds(calls.redrive(wanted), Redriven(), told)

    async def redrive_all(self, *, told: Callable[[Redriven], None] | None = None) -> Redriven:
        """Run every failed job again: your own, or everybody's with an admin's key. told: as in `redrive`."""
        return await self._wire.rounds(calls.redrive(None), Redriven(), told)

    async def purge(  # noqa: PLR0913 - what a purge may say
        self,
        older_than_s: float,
        *,
        statuses: Iterable[str] | None = None,
        service: str | None = None,
        owner: str | None = None,
        dry_run: bool = False,
        told: Callable[[Purged], None] | None = None,
    ) -> Purged:
        """Remove the finished jobs of all owners that ended so long ago, with their files. For admins.

        dry_run: removes nothing and says what would be removed. told: as in `redrive`.
        """
        rounds = calls.purge(older_than_s, statuses=statuses, service=service, owner=owner, dry_run=dry_run)
        return await self._wire.rounds(rounds, Purged(), told)

    async def voices(self, language: str | None = None) -> tuple[Voice, ...]:
        """List the voices of the service speech, those that are not ready too.

        language: only those of this one, in all its regions, or (`en-GB`) of this region.
        """
        return await self._wire.send(calls.voices(language))

    async def queues(self) -> tuple[QueueState, ...]:
        """Look at all queues. For operators."""
        return await self._wire.send(calls.queues())

    async def pause_queue(self, name: str) -> tuple[QueueState, ...]:
        """Give nothing of a queue out any more; what runs goes on. Return all queues. For admins."""
        return await self._wire.send(calls.pause_queue(name))

    async def resume_queue(self, name: str) -> tuple[QueueState, ...]:
        """Give out again what waits in a queue. Return all queues. For admins."""
        return await self._wire.send(calls.resume_queue(name))

    async def cache(self) -> CacheState:
        """Look at the cache. For admins, as all about it."""
        return await self._wire.send(cache.show())

    async def cache_entries(self, *, page_size: int = 100) -> AsyncIterator[CacheEntry]:
        """Yield what is in the cache, used longest ago first, page by page."""
        cursor = None
        while True:
            page = await self._wire.send(cache.entries(cursor=cursor, limit=page_size))
            for entry in page.entries:
                yield entry
            cursor = page.next
            if cursor is None:
                return

    async def clear_cache(self, unused_s: float = 0.0, *, told: Callable[[Cleared], None] | None = None) -> Cleared:
        """Remove what is not pinned and no job has used for so long, seconds. told: as in `redrive`."""
        return await self._wire.rounds(cache.clear(unused_s), Cleared(), told)

    async def pin_cache(
        self, entries: Iterable[str] = (), *, task_ids: Iterable[str] = (), pinned: bool = True
    ) -> Pinned:
        """Keep entries, and the folders that jobs used within the last 30 days; or no longer. 500 of each at most."""
        return await self._wire.send(cache.pin(entries, task_ids, pinned=pinned))

    async def warm_cache(self, requests: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Warmed, ...]:
        """Ask for jobs, each a service and its parameters, at the lowest priority; 100 at most."""
        return await self._wire.send(cache.warm(requests))

    # ---- watchers

    async def watch(self, params: Mapping[str, Any]) -> Watching:
        """Wait for a source and have it recorded each time it goes live; the same again is the same watcher.

        params: `url` or `room_id`, and what else `POST /watchers` takes: `poll_interval` and `max_duration` (seconds),
        `schedule`, `options`. Raises ApiError WATCHED_OTHERWISE where there is another one for the same source.
        """
        return await self._wire.send(watchers.watch(params))

    async def watchers(self, *, status: str | None = None, page_size: int = 50) -> AsyncIterator[Watcher]:
        """Yield your watchers, newest first, page by page. status: only those that are active, paused or deleted."""
        cursor = None
        while True:
            page = await self._wire.send(watchers.watchers(status=status, cursor=cursor, limit=page_size))
            for watcher in page.watchers:
                yield watcher
            cursor = page.next
            if cursor is None:
                return

    async def watcher(self, key: str) -> Watcher:
        """Look at a watcher. key: its room, or the address where it has none."""
        return await self._wire.send(watchers.watcher(key))

    async def change_watcher(
        self, key: str, *, poll_interval_s: float | None = None, paused: bool | None = None
    ) -> Watcher:
        """Change how often a watcher looks; pause it, or let it go on. What it records goes on."""
        return await self._wire.send(watchers.change(key, poll_interval_s=poll_interval_s, paused=paused))

    async def delete_watcher(self, key: str, *, force: bool = False) -> None:
        """Let a watcher go; what it records is finished and kept.

        Raises ApiError NOT_STOPPABLE where the machine that records cannot be told; force: cancels both then.
        """
        await self._wire.send(watchers.delete(key, force=force))

    # ---- live

    async def events(
        self,
        task_id: str,
        *,
        after: str | None = None,
        told: Callable[[ApiError | Unreachable], None] | None = None,
    ) -> AsyncIterator[Event]:
        """Yield a job's events, from the first one or after one's id, until `end`.

        Comes back by itself when the line breaks, and goes on where it was; gives up after two
        minutes without an answer (Unreachable). told: hears of each try to come back that fails.
        """
        place = live.Place(last_id=after)
        path = f"{calls.path_of(task_id)}/events"
        while True:
            trouble: ApiError | Unreachable | None = None
            try:
                async for event in self._wire.stream(path, {}, place):
                    yield event
                    if place.ended:
                        return
            except (ApiError, Unreachable) as broken:
                trouble = broken
            coming_back = place.broken_at is not None
            pause_s = place.pause_s(trouble)
            if coming_back and trouble is not None and told is not None:
                told(trouble)
            await asyncio.sleep(pause_s)

    async def logs(self, task_id: str, *, last_n: int | None = None, follow: bool = False) -> AsyncIterator[LogLine]:
        """Yield the lines of a job's log, or its last `last_n`; with `follow`, go on until the job ends."""
        place = live.Place()
        path = f"{calls.path_of(task_id)}/logs"
        query: dict[str, str | int] = {} if last_n is None else {"last_n": last_n}
        if follow:
            query["follow"] = "true"
        while True:
            trouble: ApiError | Unreachable | None = None
            try:
                async for event in self._wire.stream(path, query, place):
                    if place.ended:
                        return
                    yield LogLine.read(event.data)
            except (ApiError, Unreachable) as broken:
                trouble = broken
            await asyncio.sleep(place.pause_s(trouble))

    # ---- files

    async def files(self, task_id: str) -> tuple[JobFile, ...]:
        """List a job's files; while it runs, the parts that it published so far."""
        return await self._wire.send(calls.files_of(task_id))

    async def download(self, task_id: str, folder: Path, *, names: Mapping[str, str] | None = None) -> list[Path]:
        """Fetch a job's files into `folder`; return where they are.

        A broken download goes on where it stopped, in a later call too; every file is checked
        against its SHA-256 before it appears under its name. Nothing is written outside of `folder`.
        names: which files, and the name to give to each; all of them under their own when absent.

        Raises DownloadError.
        """
        return [await self._fetch(file, folder) for file in calls.chosen(await self.files(task_id), names)]

    async def archive(self, task_ids: str | Iterable[str], path: Path, *, told: Told | None = None) -> Path:
        """Fetch the files of a finished job as one ZIP archive, or those of up to 100 jobs, each in a folder.

        A broken download goes on where it stopped, in a later call too, as long as the jobs have the same files. Each
        file of it is checked before it appears at `path`, and replaces what is there. told: hears how many bytes are
        there, and of how many.

        Raises DownloadError; ApiError JOB_NOT_FINISHED, FILES_EXPIRED and others. ValueError for no job.
        """
        wanted = calls.some_ids(task_ids)
        return await self._wire.receive(ArchiveDraft(path, wanted, told), *calls.archive_of(wanted))

    async def _fetch(self, file: JobFile, folder: Path) -> Path:
        return await self._wire.receive(Draft(folder, file), file.url, {})

    # ---- files beyond their jobs

    async def kept_files(self, wanted: KeptFilter | None = None, *, page_size: int = 50) -> AsyncIterator[KeptFile]:
        """Yield your recordings and what else was kept beyond its job, kept last first, page by page. 100 at most."""
        place: Place | None = Place(wanted or KeptFilter(), page_size)
        while place is not None:
            page = await self._wire.send(place.call())
            for file in page.files:
                yield file
            place = place.after(page)

    async def delete_kept(self, path: str) -> KeptFile:
        """Take a kept file and its copy in the bucket away, by its `path`; return what it was. Its job keeps its."""
        return await self._wire.send(kept.delete(path))

    async def download_kept(
        self, path: str, folder: Path, *, name: str | None = None, told: Told | None = None
    ) -> Path:
        """Fetch a kept file by its `path` into `folder`; return where it is. name: to give to it; else its own.

        A broken download goes on where it stopped, in a later call too, and replaces what is there. Its size is
        checked; nothing is written outside of `folder`. told: as in `archive`.

        Raises DownloadError; ApiError FILE_NOT_FOUND, FILE_GONE and others.
        """
        draft = KeptDraft(folder, path, name, told)
        return await self._wire.receive(draft, draft.url, {})
