"""Streams whose client may be slow, but not for ever."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping

import anyio
from sse_starlette import EventSourceResponse
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send


class Interrupted(Exception):  # noqa: N818 - what the client sees
    """What was begun to be sent cannot be finished: the connection breaks, so that nobody takes it for the whole."""


class PatientStream(StreamingResponse):
    """A streamed body; a client that takes no piece of it within `send_s` seconds is dropped."""

    def __init__(
        self,
        content: AsyncIterator[bytes],
        send_s: float,
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        super().__init__(content, status_code, headers, media_type)
        self._send_s = send_s

    async def stream_response(self, send: Send) -> None:
        """Send the body. Raises TimeoutError when the client takes nothing."""

        async def send_in_time(message: Message) -> None:
            with anyio.fail_after(self._send_s):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        finally:
            # However it ends, the file is closed now and not when somebody collects garbage.
            if isinstance(self.body_iterator, AsyncGenerator):
                with anyio.CancelScope(shield=True):
                    await self.body_iterator.aclose()


class PatientEvents(EventSourceResponse):
    """Server-sent events, with a comment every `ping_s` seconds; who takes none within `send_s` seconds is dropped."""

    def __init__(
        self, frames: AsyncIterator[bytes], ping_s: float, send_s: float, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(frames, headers=headers, sep="\n", ping=ping_s, send_timeout=send_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events. Raises TimeoutError when the client takes nothing."""
        try:
            await super().__call__(scope, receive, send)
        except ExceptionGroup as group:
            # A frame and a comment wait for the same client. The second runs out of time too, as an error
            # beside the first, where closing the story takes a moment or the machine is busy.
            if group.split(TimeoutError)[1] is None:
                raise TimeoutError("the client took neither a frame nor a comment") from group
            raise
