"""Every key name of the store, in one place.

`Keys` renders them for Python, and `lua()` renders the same patterns as Lua functions, so that no
script builds a name of its own. There is no Redis Cluster (docs/decisions/0003), so a script may
find its keys inside.
"""

from dataclasses import dataclass
from types import MappingProxyType

#: name -> pattern below the prefix; each {} is one argument.
PATTERNS = MappingProxyType(
    {
        # one job
        "job": "job:{}",  # hash: the record
        "events": "events:{}",  # stream: its story, capped
        "log": "log:{}",  # stream: its log, capped
        "parts": "parts:{}",  # hash: published name -> artifact
        "parents": "parents:{}",  # set: jobs that wait for this one
        "children": "children:{}",  # set: open jobs that this one waits for
        "asked": "asked:{}",  # set: jobs that this one asked for and may need the files of; outlives its record
        "askers": "askers:{}",  # set: jobs that may need the files of this one
        "bell": "bell:{}",  # Pub/Sub channel: something new in events or log
        # waiting, per queue
        "waiting": "waiting:{}:{}",  # zset (queue, owner): job by rank
        "turns": "turns:{}",  # zset (queue): owner by turn
        "claimed": "claimed:{}",  # string (token): the job that this claim took, for one who did not hear it
        "ages": "ages:{}",  # zset (queue): every waiting job by when it began to wait
        "counts": "counts:{}",  # hash (queue): counts by state and priority
        "completed": "completed:{}:{}",  # integer (queue, day since 1970, UTC): jobs that succeeded; two days
        "tickets": "broker:{}",  # list (queue): Celery's ready messages
        # what jobs take turns at, by its name
        "shared": "shared:{}",  # hash: how many at once, when the next turn is due; goes when nobody asks any more
        "holders": "holders:{}",  # hash: job that holds a turn -> token of its attempt
        "line": "line:{}",  # zset: job that waits for a turn by rank
        "asking": "asking:{}",  # zset: the same by when its place goes, unless it asks again
        # jobs that wait to be looked at
        "polls": "polls:{}",  # zset (service): job by when it is looked at next; paused ones are not in it
        "pollers": "pollers",  # hash: service -> the job that polls it
        "stumbles": "stumbles",  # hash: service -> polls of it that failed one upon the other
        # all jobs
        "turn": "turn",  # integer: the last turn given
        "delayed": "delayed",  # zset: RETRY by due time
        "leases": "leases",  # zset: running by end of lease
        "expiry": "expiry",  # zset: waiting by start_by
        "done": "done",  # zset: SUCCESS and REVOKED by end
        "dead": "dead",  # zset: FAILURE by end
        "dead_of": "dead_of:{}",  # zset (owner): the same of one owner
        "kept": "kept",  # zset: jobs with files by end, with or without a record; 0: the files were ordered removed
        "outbox": "outbox",  # zset: job ids whose end is not written to the files yet
        "orphans": "orphans",  # zset: ended parents whose open children are to be told
        "spent": "spent",  # zset: parents that do without their children's files: they succeeded, or are forgotten
        "released": "released",  # zset: ended children whose files no job needs, by since when
        "paused": "paused",  # set: queues that give nothing out
        "index": "index",  # zset by lex: created_ms:id of all jobs
        "owned": "owned:{}",  # zset by lex (owner): the same of one owner
        # naming a request
        "dedupe": "dedupe:{}:{}",  # string (owner, key): the job that stands for this request
        "idempotency": "idempotency:{}",  # string: request hash and job id, 24 h
        # what jobs are about, of services that tell
        "identified": "identified:{}:{}",  # string (digest, owner): the latest job about that
        "identities": "identities:{}:{}",  # zset by lex (service, owner): created_ms:id of those jobs
        # the fleet
        "sweeper": "sweeper",  # string: who sweeps
        "clock": "clock",  # hash: the sweep's last time, run id, stillness
        "machines": "machines",  # zset: machine by last seen
        "machine": "machine:{}",  # string: what a machine last told of itself
        "step": "step:{}",  # string: who makes this cached step now
        # the cache
        "cache_sizes": "cache-sizes:{}",  # hash (first two digits of entries): entry -> its bytes; see lua/_cache.lua
        "cache_used": "cache-used",  # zset: kept entry by last use
        "cache_writing": "cache-writing",  # zset: entry that is put by end of lease
        "cache_dying": "cache-dying",  # zset: entry that is deleted by end of lease
        "cache_pinned": "cache-pinned",  # set: entries that are not evicted
        "cache_totals": "cache-totals",  # hash: bytes, hits and others; looked_ms: since when all files are known
        "cache_of": "cache-of:{}",  # set (job): folders that it used
        # kept files; an id is made of a file's name
        "library_row": "library-row:{}",  # string (id): what is known of the file; see lua/_library.lua
        "library_view": "library-view:{}",  # zset (owner, with room or URL, as a digest): id by when it was kept
        "library_of": "library-of:{}",  # hash (job): name that it asked for -> id
        "library_folder": "library-folder:{}",  # zset (folder): id by when it was kept
        "library_channel": "library-channel:{}:{}",  # zset (folder, channel as a digest): the same
        "library_channels": "library-channels:{}",  # zset (folder): channel by its bytes
        "library_totals": "library-totals:{}",  # hash (folder): bytes; looked_ms: since when all its files are known
        "library_dying": "library-dying:{}",  # hash (folder): id -> when it was kept and its name: its file has to go
        "probe": "probe",  # string: written by /ready to see that a write is taken
    }
)

#: Celery's own keys live below this, so that a ready list is `broker:` + queue.
BROKER_PREFIX = "broker:"


def quoted(text: str) -> str:
    """Return `text` as a Lua string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


@dataclass(frozen=True)
class Keys:
    """Key names below one prefix, e.g. "mediamill:"."""

    prefix: str = "mediamill:"

    def __call__(self, name: str, *parts: str) -> str:
        """Return the key `name` for `parts`: `keys("job", job_id)`."""
        return self.prefix + PATTERNS[name].format(*parts)

    @property
    def broker_prefix(self) -> str:
        """What Celery puts before its own keys."""
        return self.prefix + BROKER_PREFIX

    def lua(self) -> str:
        """Return one Lua function per pattern: `keys.job(id)`."""
        lines = ["local keys = {}"]
        for name, pattern in PATTERNS.items():
            head, *rest = pattern.split("{}")
            names = [f"a{number}" for number in range(len(rest))]
            expression = quoted(self.prefix + head)
            for argument, text in zip(names, rest, strict=True):
                expression += f" .. {argument}" + (f" .. {quoted(text)}" if text else "")
            lines.append(f"function keys.{name}({', '.join(names)}) return {expression} end")
        return "\n".join(lines)
