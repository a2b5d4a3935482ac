"""Request bodies of services: JSON, or multipart with files that go straight to the disk."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mediamill.core.errors import InvalidInput, TooLarge
from mediamill.core.service import AnyService
from mediamill.files.uploads import ReceivedUpload, Uploads
from mediamill.web.errors import Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

#: Parameters are parsed in memory; what is longer comes as a file.
PARAMS_LIMIT_BYTES: Final = 8 * 1024 * 1024
#: Of a secret that comes as a file; a browser's whole cookie file is half of that.
SECRET_LIMIT_BYTES: Final = 256 * 1024
PARAMS: Final = "params"


class _Part(NamedTuple):
    """The head of a part. filename: None for a plain field."""

    name: str
    filename: str | None


#: A head, then pieces of content, then None, for each part.
_Signal = _Part | bytes | None


class Inbox:
    """What comes with one request: parameters, files by input name in `received`, and texts of secrets by name.

    Whoever reads it discards it afterwards, however that ends.
    """

    def __init__(self, service: AnyService, uploads: Uploads, limit_bytes: int) -> None:
        self.received: dict[str, ReceivedUpload] = {}
        self.secrets: dict[str, str] = {}
        self._service = service
        self._uploads = uploads
        self._limit_bytes = limit_bytes

    async def read(self, request: Request) -> bytes:
        """Return the parameters as JSON text, and receive the files.

        Raises Refused for a body of another kind or a broken one, InvalidInput for parts that the
        service does not take, TooLarge.
        """
        content_type, options = parse_options_header(request.headers.get("content-type", "application/json"))
        if content_type == b"multipart/form-data":
            boundary = options.get(b"boundary")
            if not boundary:
                raise _malformed("its Content-Type names no boundary")
            return await self._read_form(request.stream(), boundary)
        if _is_json(content_type):
            return await _gathered(request.stream())
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "send the parameters as application/json, or as the part `params` of multipart/form-data",
            headers={"Accept-Post": "application/json, multipart/form-data"},
        )

    def discard(self) -> None:
        """Delete what no job has taken."""
        for received in self.received.values():
            self._uploads.discard(received)

    async def _read_form(self, stream: AsyncIterator[bytes], boundary: bytes) -> bytes:
        params = None
        async with aclosing(_signals(stream, boundary)) as signals:
            async for signal in signals:
                if not isinstance(signal, _Part):
                    continue
                name, filename = signal
                if name == PARAMS and params is None:
                    params = await _gathered(_content(signals))
                elif name in self._service.inputs and name not in self.received:
                    await self._receive(name, filename, signals)
                elif name in self._service.secret_places and name not in self.secrets:
                    await self._read_secret(name, filename, signals)
                else:
                    again = name in (PARAMS, *self.received, *self.secrets)
                    raise InvalidInput(_unwanted(name, self._service, again=again), field=name[:64])
        return b"{}" if params is None else params

    async def _receive(self, name: str, filename: str | None, signals: AsyncIterator[_Signal]) -> None:
        if filename is None:
            raise InvalidInput(f"send {name!r} as a file, with a file name", field=name)
        if filename:  # a browser sends an empty one when no file was chosen
            self.received[name] = await self._uploads.receive(_content(signals), filename, self._limit_bytes)

    async def _read_secret(self, name: str, filename: str | None, signals: AsyncIterator[_Signal]) -> None:
        """Read a secret into memory alone: what was on a disk once is hard to take back."""
        text = await _gathered(_content(signals), SECRET_LIMIT_BYTES, f"the secret {name!r} is")
        if filename == "" and not text:  # as of a file
            return
        try:
            self.secrets[name] = text.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InvalidInput(f"the secret {name!r} is no text in UTF-8", field=name) from None


async def read_json(request: Request) -> bytes:
    """Return the body of a route that takes JSON only, as text. Raises Refused for one of another kind, TooLarge."""
    content_type, _ = parse_options_header(request.headers.get("content-type", "application/json"))
    if not _is_json(content_type):
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "send the parameters as application/json",
            headers={"Accept-Post": "application/json"},
        )
    return await _gathered(request.stream())


def _is_json(content_type: bytes) -> bool:
    return content_type == b"application/json" or content_type.endswith(b"+json")


def _unwanted(name: str, service: AnyService, *, again: bool) -> str:
    if again:
        return f"the part {name!r} came twice"
    known = ", ".join(repr(each) for each in (PARAMS, *service.inputs, *service.secret_places))
    return f"there is no part {name[:64]!r} here, only {known}"


async def _gathered(
    stream: AsyncIterator[bytes], limit_bytes: int = PARAMS_LIMIT_BYTES, what: str = "the parameters are"
) -> bytes:
    gathered = bytearray()
    async for chunk in stream:
        gathered += chunk
        if len(gathered) > limit_bytes:
            hint = "; send long content as a file" if limit_bytes == PARAMS_LIMIT_BYTES else ""
            raise TooLarge(f"{what} larger than {limit_bytes} bytes{hint}")
    return bytes(gathered)


async def _content(signals: AsyncIterator[_Signal]) -> AsyncIterator[bytes]:
    """Yield the rest of the part that `signals` is in."""
    async for signal in signals:
        if signal is None:
            return
        if isinstance(signal, bytes):
            yield signal


async def _signals(stream: AsyncIterator[bytes], boundary: bytes) -> AsyncGenerator[_Signal, None]:
    """Yield what a multipart stream holds, as it comes. Raises Refused when it is broken or cut off."""
    form = _Form()
    try:
        parser = MultipartParser(boundary, form.callbacks())
        async for chunk in stream:
            parser.write(chunk)
            for signal in form.signals:
                yield signal
            form.signals.clear()
    except FormParserError as error:
        raise _malformed("it is not valid multipart/form-data") from error
    if not form.complete:
        raise _malformed("it is cut off")


class _Form:
    """Takes the parser's callbacks down as signals."""

    def __init__(self) -> None:
        self.signals: list[_Signal] = []
        self.complete = False
        self._header = b""
        self._value = b""
        self._disposition = b""

    def callbacks(self) -> "MultipartCallbacks":
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": lambda: self.signals.append(None),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise _malformed("a part has no name")
        filename = options.get(b"filename")
        self.signals.append(_Part(_text(options[b"name"]), None if filename is None else _text(filename)))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.signals.append(data[start:end])

    def _end(self) -> None:
        self.complete = True


def _text(header: bytes) -> str:
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


def _malformed(why: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, f"the body cannot be read: {why}", code="MALFORMED_MULTIPART")
