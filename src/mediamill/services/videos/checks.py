"""What is wrong with a whole request, before it is accepted."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mediamill import Files, InvalidInput
from mediamill.media.documents import is_docx, is_pdf
from mediamill.media.pictures import contents
from mediamill.media.pictures.image import check_image
from mediamill.media.text import pieces
from mediamill.media.voices.catalog import voice_named
from mediamill.media.voices.prose import normalise
from mediamill.media.voices.prose.language import check_script as check_letters
from mediamill.media.voices.script import asked_silence_s, check_vietnamese
from mediamill.services.videos.params import IMAGES, Params, Until
from mediamill.services.videos.script import Scene, Script

#: All `[pause 2s]` of a script together.
LONGEST_PAUSES_S: Final = 300.0
#: Of Markdown. What it shows are words of the document's, its address is none. Without an opening bracket in either, so
#: that a file of nothing else takes no longer than another one.
_PICTURE: Final = re.compile(r"!\[([^][\n]{0,1000})\]\([^()\n]{0,1000}\)")


def check(params: Params, files: Files) -> None:
    """Raise InvalidInput unless there is exactly one thing to make a video of, and all that it names is there."""
    _check_one_source(params, files)
    if params.script is not None:
        _check_script(params.script, params, files)
    elif (path := files.get("file")) is None or not _is_read_apart(path):
        _check_document(params, path)
    _check_images(params, files)


def _check_one_source(params: Params, files: Files) -> None:
    given = {"text": params.text, "script": params.script, "file": files.get("file")}
    there = [name for name, source in given.items() if source is not None]
    if len(there) != 1:
        raise InvalidInput(
            f"send one of `text`, `script` and a file, not {' and '.join(there) or 'none of them'}",
            field=there[-1] if there else "text",
        )
    if params.script is not None and params.stage is Until.SCRIPT:
        raise InvalidInput("the script is there already: leave out `stage`", field="stage")


def _is_read_apart(path: Path) -> bool:
    """Whether a file is read in a process of its own, which alone tells what is wrong with it."""
    return is_pdf(path) or is_docx(path)


def _check_document(params: Params, path: Path | None) -> None:
    field = "text" if path is None else "file"
    text: Iterable[str] = (params.text or "",) if path is None else pieces(path)
    head, has_words = "", False
    for piece in text:  # of a file to its end, for there may be an invalid byte
        head = head or piece
        has_words = has_words or normalise.speakable(_PICTURE.sub(r"\1", piece))
    if not has_words:
        raise InvalidInput("there is nothing to say in the document: no letter and no digit", field=field)
    _check_voice(head, params, field)


def _check_voice(text: str, params: Params, field: str) -> None:
    """Refuse what plainly nobody reads, or not the voice that was chosen."""
    if params.language is None:
        check_letters(text, field=field)
        if params.voice is not None:
            check_vietnamese(text, voice_named(params.voice))


def _check_script(script: Script, params: Params, files: Files) -> None:
    silence_s = 0.0
    for number, scene in enumerate(script.scenes):
        place = f"script.scenes.{number}"
        silence_s += asked_silence_s(scene.narration, field=f"{place}.narration")
        _check_scene(scene, files, place)
    if silence_s > LONGEST_PAUSES_S:
        raise InvalidInput(
            f"the pauses come to {silence_s:.0f} s; {LONGEST_PAUSES_S:.0f} are the limit", field="script.scenes"
        )
    if not any(scene.language for scene in script.scenes):
        _check_voice("\n\n".join(scene.narration for scene in script.scenes), params, "script.scenes")


def _check_scene(scene: Scene, files: Files, place: str) -> None:
    if scene.image is None:
        try:
            contents.check(scene.visual.kind, scene.content)
        except InvalidInput as refused:
            raise InvalidInput(refused.message, field=f"{place}.content", code=refused.code) from refused
    elif scene.image not in files:
        raise InvalidInput(f"there is no file {scene.image!r}", field=f"{place}.image")


def _check_images(params: Params, files: Files) -> None:
    scenes = params.script.scenes if params.script else ()
    shown = {scene.image for scene in scenes}
    for field in IMAGES:
        if field in files and field not in shown:
            raise InvalidInput(
                f"no scene of a `script` shows this picture: none has {field!r} as its `image`", field=field
            )
    for field in ("logo", *IMAGES):
        if field in files:
            check_image(files[field], field=field)
