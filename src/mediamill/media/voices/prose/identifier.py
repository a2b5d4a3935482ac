"""py3langid's model of what languages are written like, narrowed to those that are told apart here.

A copy of it, 61 MB, is made once where mediamill is set up. All processes map that one: to load the model as it comes
means to unpack, for half a second, what is then each one's own.
"""

import functools
import hashlib
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mediamill.core.errors import MediamillError
from mediamill.media import installed
from mediamill.media.voices.catalog import LANGUAGES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Languages that the model knows, that many people write, and that no voice reads: to be told, not misread.
UNREAD: Final = _words("fy gl ha ig jv lg ln mg mn oc ps rw sn so st tg tl xh yo zu")
#: Names of the model's that are others here.
NAMES: Final = MappingProxyType({"nn": "no", "wuu": "zh"})

_WANTED: Final = frozenset({*LANGUAGES, *UNREAD, *NAMES})
#: Changes with the tables in the file.
_FORM: Final = 1
_LABELS: Final = "labels"


@functools.cache
def identifier() -> Any:  # noqa: ANN401 - py3langid has no types
    """Return the model: `classify(text)` tells a language and how sure it is, from 0 to 1. Safe in threads.

    Its copy takes a few ms, and nothing that is this process's own, beside numpy. Where there is none it makes one in a
    second, for which others wait; where it may not, it takes half a second, and 67 MB of this process's own.
    """
    try:
        return _mapped(install())
    except (MediamillError, OSError, ValueError):
        return _loaded()


def is_shared() -> bool:
    """Say whether `identifier` is cheap here. Makes the copy if it is missing and can be made, as `identifier` does."""
    try:
        install()
    except MediamillError:
        return False
    return True


def has_copy() -> bool:
    """Say whether there is a whole copy at `place()`: whether `identifier` is cheap."""
    return _is_whole(place())


def place() -> Path:
    """Return where the copy is, or has to be made. Another py3langid or other languages make another."""
    import py3langid  # type: ignore[import-untyped] # noqa: PLC0415 - only where letters do not decide

    languages = hashlib.sha256(" ".join(sorted(_WANTED)).encode()).hexdigest()[:12]
    return installed.folder() / f"languages-{_FORM}-{py3langid.__version__}-{languages}.safetensors"


def install() -> Path:
    """Make the copy at `place()`, and return where. Does nothing if it is whole. Takes a second.

    See `installed.install`. Raises PermanentError that says why it could not be made.
    """
    return installed.install(place(), _write, whole=_is_whole)


def _write(aside: Path) -> None:
    import numpy as np  # noqa: PLC0415 - see `place`

    from mediamill.media import tables  # noqa: PLC0415

    model = _loaded()
    by_name = {
        "moves": np.asarray(model.tk_nextmove, dtype="<u4"),
        # Where each state's moves begin; as a list, as the model keeps it, each number is an object.
        "begins": np.asarray(model.tk_row, dtype="<u4") << 8,
        "features": np.asarray(model.tk_output, dtype="<i4"),
        "weights": model.nb_ptc,
        "priors": model.nb_pc,
    }
    tables.write(aside / place().name, by_name, {_LABELS: " ".join(model.nb_classes)})


def _is_whole(copy: Path) -> bool:
    try:
        _mapped(copy)
    except (OSError, ValueError):
        return False
    return True


def _mapped(copy: Path) -> Any:  # noqa: ANN401 - py3langid has no types
    """Return the model of a copy. Raises OSError, and ValueError for a copy that is broken."""
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped] # noqa: PLC0415

    from mediamill.media import tables  # noqa: PLC0415

    by_name, about = tables.mapped(copy)
    if about.keys() != {_LABELS}:
        raise ValueError(f"{copy.name} is broken: nothing says what is in it")
    model = LanguageIdentifier(
        by_name["weights"],
        by_name["priors"],
        about[_LABELS].split(),
        # Python's own views: of an array each number would come as one of numpy's, which takes longer.
        by_name["moves"].data,
        by_name["features"].data,
        norm_probs=True,
        tk_row=(),
    )
    model._rowbase = by_name["begins"].data  # noqa: SLF001 - it would make a list of `tk_row`
    return model


def _loaded() -> Any:  # noqa: ANN401 - py3langid has no types
    """Return the model as it comes, unpacked: half a second and 67 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(sorted(_WANTED & set(model.labels)))
    # 28 MB of languages that were just left out, kept only for a later choice of others.
    model._full_model = None  # noqa: SLF001 - it has no other way to forget them
    return model
