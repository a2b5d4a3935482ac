"""Pictures by a model behind OpenAI's images API. Cheap to import."""

import functools
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mediamill.core.errors import InvalidInput, PermanentError
from mediamill.media import remote
from mediamill.media.pictures.image import check_image
from mediamill.media.pictures.slide import Frame

if TYPE_CHECKING:
    from mediamill.core.context import Context
    from mediamill.media.pictures.provider.images import Images
    from mediamill.settings import ModelSettings

__all__ = ["picture_of"]

#: Changes when the same words would give another picture.
_VERSION: Final = 1


def picture_of(prompt: str, frame: Frame, ctx: "Context") -> Path:
    """Return a PNG, JPEG or WebP of what `prompt` describes, about as wide and as high as a frame; made once.

    It is one by its head, and of a size that we draw; whoever decodes it does so in a process of its own.

    Raises RetryableError with code IMAGE_AWAY when the server does not answer; PermanentError with code IMAGE_DENIED
    when none is set up, or whoever runs this has to mend something, IMAGE_REFUSED when it does not draw this.
    """
    settings = remote.image_model()
    if settings is None:
        raise PermanentError("no server that makes pictures is set up: IMAGE_BASE_URL", code="IMAGE_DENIED")
    images = _images(settings, remote.image_hosts(), os.getpid())
    words = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()
    key = f"picture:{_VERSION}:{images.version}:{frame.width}:{frame.height}:{words}"
    return ctx.cached(key, lambda to: _make(images, prompt, frame, ctx, to))


def _make(images: "Images", prompt: str, frame: Frame, ctx: "Context", path: Path) -> None:
    path.write_bytes(images.picture(prompt, frame, ctx.check))
    try:
        check_image(path, field="image_prompt")
    except InvalidInput as wrong:
        raise PermanentError(f"what {images} sent cannot be shown: {wrong.message}", code="IMAGE_REFUSED") from wrong


# A fork begins anew: no connection and no thread of its parent's is used.
@functools.cache
def _images(settings: "ModelSettings", hosts: tuple[str, ...], _pid: int) -> "Images":
    from mediamill.media.pictures.provider.images import Images  # noqa: PLC0415 - only where there is one

    return Images(settings, hosts)
