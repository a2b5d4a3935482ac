"""Whether the recorder that an operator brings is here, and is the one we ask for: a part of `mediamill doctor`."""

from collections.abc import Iterator

from mediamill.cli.finding import Finding
from mediamill.settings import Settings


def recorder_here(settings: Settings) -> Iterator[Finding]:
    """Say of tiktok-live-recorder what lies in TLR_ROOT; nothing where that is not set."""
    from mediamill.media.live import tlr  # noqa: PLC0415 - only here

    root = settings.live.tlr_root
    if root is None:
        return
    found = tlr.found(root)
    if found is None:
        yield Finding("tlr", "bad", f"{tlr.TITLE} is not in TLR_ROOT: there is no src/main.py in {root}")
        return
    version = f"{tlr.TITLE} {found.version}".rstrip()
    if found.commit == tlr.COMMIT:
        yield Finding("tlr", "ok", f"{version} at the commit that we ask for; it records what is on TikTok")
        return
    seen = f"at {found.commit[:12]}" if found.commit else "at a commit that cannot be told"
    wanted = f"`git -C {root} checkout {tlr.COMMIT}` gets it"
    yield Finding("tlr", "note", f"{version} is {seen}; we ask for {tlr.COMMIT[:12]}: {wanted}")
