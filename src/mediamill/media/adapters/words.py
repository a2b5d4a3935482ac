"""What a failing program's words mean, whatever the program.

Source: what yt-dlp, Go's and Python's HTTP clients, curl and ffmpeg print.
"""

import re
from typing import Final

#: In this order: a page that says "404" may be one that was asked for too often, hardly the other way round.
_MEANINGS: Final = (
    ("DISK_FULL", (r"errno 28\b", r"no space left on device", r"disk quota exceeded")),
    ("QUOTA", (r"errno 27\b", r"file too large")),
    (
        "RATE_LIMITED",
        (r"http error 429", r"status(?: code)?:? 429", r"\btoo many requests", r"\brate.?limit(?:ed|ing)"),
    ),
    (
        "GEO_OR_CAPTCHA",
        (
            r"captcha",
            r"confirm (?:that )?you.{1,3}re not a (?:ro)?bot",
            r"\bgeo.?(?:restrict|block)",
            r"(?:available|blocked|accessible) (?:in|from) your (?:country|region|location)",
        ),
    ),
    (
        "AUTH_REQUIRED",
        (
            r"http error 401",
            r"\b401\b[ :]*unauthorized",
            r"(?:log|sign).?in (?:is )?required",
            r"requires? (?:a |an )?(?:login|authentication|account|subscription)",
            r"only available for registered users",
            r"(?:video|account|playlist|track|post) is private",
            r"private video",
        ),
    ),
    (
        "NOT_FOUND",
        (r"http error 4(?:04|10)", r"\b404\b[ :]*not found", r"\b410\b[ :]*gone", r"status(?: code)?:? 4(?:04|10)"),
    ),
    ("BLOCKED", (r"http error 403", r"\b403\b[ :]*forbidden", r"status(?: code)?:? 403", r"blocked by [\w ]*\bwaf\b")),
    (
        "UPSTREAM",
        (
            r"http error 5\d\d",
            r"status(?: code)?:? 5\d\d",
            r"internal server error",
            r"bad gateway",
            r"service unavailable",
            r"gateway time-?out",
            r"redirect loop|too many redirects|exceeded \d+ redirects",
            r"did not get any data|downloaded file is empty",
        ),
    ),
    ("NETWORK_TIMEOUT", (r"timed out", r"timeout (?:exceeded|while|awaiting)", r"i/o timeout", r"deadline exceeded")),
    (
        "NETWORK",
        (
            r"connection (?:refused|reset|aborted|broken)",
            r"remote end closed",
            r"incompleteread",
            r"unexpected eof",
            r"name or service not known",
            r"temporary failure in name resolution",
            r"failed to resolve",
            r"no such host",
            r"network is unreachable",
            r"no route to host",
            r"certificate verify failed",
            r"\bssl(?:error)?:",
            r"\bx509:",
            r"tls handshake",
            r"bytes read, \d+ more expected",
            r"tunnel connection failed",
            r"unable to connect to proxy",
        ),
    ),
    ("LIVE_OFFLINE", (r"currently offline", r"not hosting a live", r"stream has ended")),
    ("FFMPEG_MISSING", (r"ff(?:mpeg|probe)(?: and ffprobe)? not found", r"ffmpeg is not installed")),
)
_WORDS: Final = tuple((re.compile("|".join(words), re.IGNORECASE), code) for code, words in _MEANINGS)
#: A line that tells of a failure. Others have addresses and titles in them, which say "captcha" for their own reasons.
_TELLING: Final = re.compile(r"error|fail|fatal|panic|unable|cannot|can't|denied|exception", re.IGNORECASE)
#: An absolute path up to its last part; not what follows a URL's scheme or a word.
_FOLDERS: Final = re.compile(r"(?<![\w:/.~-])/(?:[^\s/'\":;,<>()]+/)+")


def meaning(output: str) -> str:
    """Return the code of what a program's output means: of the last line that means anything; "": of none."""
    for line in _telling(output):
        for pattern, code in _WORDS:
            if pattern.search(line):
                return code
    return ""


def last_words(output: str) -> str:
    """Return the line that says best what went wrong: the last one that tells of a failure, else the last one.

    Of the paths of this machine in it only the last parts stay.
    """
    return _FOLDERS.sub("", next(iter(_telling(output)), ""))


def _telling(output: str) -> list[str]:
    """Return the lines, the last ones first: those that tell of a failure, or all of them where none does."""
    lines = [line.strip() for line in reversed(output.splitlines()) if line.strip()]
    return [line for line in lines if _TELLING.search(line)] or lines
