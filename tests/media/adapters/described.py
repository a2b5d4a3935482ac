"""Descriptions for tests: one of `amdl.py`, which stands for programs like apple-music-downloader."""

import tomllib
from pathlib import Path

from mediamill.media.adapters.adapter import Adapter
from mediamill.media.adapters.loading import read

AMDL = Path(__file__).with_name("amdl.py")
BUILT_IN = Path(__file__).parents[3] / "src/mediamill/services/downloads/adapters"

TEXT = f"""
name = "amdl"
title = "the album program"
urls = ['https://music\\.example/.+']
argv = ["{{python}}", "{AMDL}", "{{options}}", "{{url}}"]
readable = ["{AMDL}"]
most_bytes = 1_000_000
most_files = 20
total_s = 60
idle_s = 30
formats = {{ m4a = "aac", original = "alac" }}
variants = {{ album = "", song = "" }}

[[options]]
when = {{ format = ["m4a"] }}
words = ["--aac"]

[[options]]
when = {{ variant = ["song"] }}
words = ["--song"]

[[files]]
name = "config.yaml"
text = '''
media-user-token: {{cookie.media-user-token}}
exit-on-error: true
save-folder: {{out}}
'''

[[progress]]
match = 'Track (?P<track>\\d+) of (?P<tracks>\\d+)'

[[progress]]
match = 'Downloading\\.* (?P<percent>\\d+)%'

[outputs]
suffixes = ["m4a"]
covers = ["cover.jpg"]

[success]
incomplete = 'Errors: [1-9]'

[[errors]]
match = 'failed to get album'
code = "NOT_FOUND"

[[errors]]
match = 'Retry-After: (?P<after_s>\\d+)'
code = "RATE_LIMITED"

[[errors]]
match = 'Failed to (?:get|dl)'
code = "NOT_FOUND"

[turn]
at_once = 1

[version]
argv = ["{{python}}", "--version"]
"""


def described(text: str = TEXT, **changed: object) -> Adapter:
    """Return the adapter of a description, with other fields in the places of some."""
    return Adapter.model_validate(tomllib.loads(text) | changed)


def built_in(name: str) -> Adapter:
    """Return an adapter that comes with us."""
    found = read(BUILT_IN / f"{name}.toml")
    assert isinstance(found, Adapter), found.reason
    return found
