"""The wire of a client: calls that are sent again, files that go on where they broke, one connection's events.

Both kinds are here, the one for ordinary code and the one for an event loop: change them together.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import httpx2

from mediamill.client import calls, connect, live
from mediamill.client.answers import Event, Purged, Redriven
from mediamill.client.cache import Cleared
from mediamill.client.calls import Call, Patience
from mediamill.client.errors import ApiError, ClientError, DownloadError, Unreachable
from mediamill.client.saving import Arriving

T = TypeVar("T")
R = TypeVar("R", Redriven, Purged, Cleared)


class Wire:
    """Connections to one server. May be shared by threads. Every method may raise Unreachable and ApiError."""

    def __init__(self, url: str, api_key: str | None, retries: int, timeout_s: float) -> None:
        self.url = url.rstrip("/")
        self._retries = retries
        self._timeout_s = timeout_s
        self._http = httpx2.Client(**connect.options(self.url, api_key, timeout_s))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """Return the answer to a call, sent again while the server is busy or nobody answers."""
        patience = Patience(self._retries)
        while True:
            try:
                return self._try(call)
            except (ApiError, Unreachable) as trouble:
                pause_s = patience.after(trouble)
                if pause_s is None:
                    raise
                time.sleep(pause_s)

    def rounds(self, begun: Iterable[Call[R]], total: R, told: Callable[[R], None] | None) -> R:
        """Send calls over many jobs, each round by round to its end; return the sum."""
        for first in begun:
            call: Call[R] | None = first
            while call is not None:
                done = self.send(call)
                total = total.plus(done)
                if told is not None:
                    told(total)
                call = calls.following(call, done.next)
        return total

    def _try(self, call: Call[T]) -> T:
        with ExitStack() as stack:
            try:
                response = self._http.request(
                    call.method,
                    call.path,
                    timeout=connect.read_timeout(self._timeout_s + call.extra_s),
                    **call.arguments(stack),
                )
            except httpx2.TransportError as error:
                raise calls.unreachable(self.url, error) from error
        return calls.answer(call, response)

    def stream(self, path: str, query: Mapping[str, str | int], place: live.Place) -> Iterator[Event]:
        """Yield what one connection brings."""
        try:
            with self._http.sse(
                path, params=dict(query), headers=place.headers(), timeout=connect.read_timeout(live.SILENCE_S)
            ) as source:
                if source.response.is_error:
                    source.response.read()
                    raise calls.refusal(source.response)
                for sent in source:
                    event = place.take(sent)
                    if event is not None:
                        yield event
        except httpx2.TransportError as error:
            raise calls.unreachable(self.url, error) from error

    def receive(self, draft: Arriving, url: str, query: Mapping[str, list[str]]) -> Path:
        """Fetch what a draft wants, coming back where the line breaks; return where it is then."""
        patience = Patience(max(self._retries, 1))
        while not draft.complete:
            try:
                with self._http.stream("GET", url, params=dict(query), headers=draft.headers()) as response:
                    if response.is_error:
                        response.read()
                        raise calls.refusal(response)
                    with draft.open(response.status_code, response.headers):
                        for chunk in response.iter_bytes():
                            draft.write(chunk)
                return draft.finish()
            except httpx2.TransportError as error:
                trouble: ClientError = calls.unreachable(self.url, error)
            except (ApiError, DownloadError) as error:
                trouble = error
            pause_s = patience.after(trouble)
            if pause_s is None:
                raise trouble
            time.sleep(pause_s)
        return draft.target


class AsyncWire:
    """`Wire` for an event loop."""

    def __init__(self, url: str, api_key: str | None, retries: int, timeout_s: float) -> None:
        self.url = url.rstrip("/")
        self._retries = retries
        self._timeout_s = timeout_s
        self._http = httpx2.AsyncClient(**connect.options(self.url, api_key, timeout_s))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """Return the answer to a call, sent again while the server is busy or nobody answers."""
        patience = Patience(self._retries)
        while True:
            try:
                return await self._try(call)
            except (ApiError, Unreachable) as trouble:
                pause_s = patience.after(trouble)
                if pause_s is None:
                    raise
                await asyncio.sleep(pause_s)

    async def rounds(self, begun: Iterable[Call[R]], total: R, told: Callable[[R], None] | None) -> R:
        """Send calls over many jobs, each round by round to its end; return the sum."""
        for first in begun:
            call: Call[R] | None = first
            while call is not None:
                done = await self.send(call)
                total = total.plus(done)
                if told is not None:
                    told(total)
                call = calls.following(call, done.next)
        return total

    async def _try(self, call: Call[T]) -> T:
        with ExitStack() as stack:
            try:
                response = await self._http.request(
                    call.method,
                    call.path,
                    timeout=connect.read_timeout(self._timeout_s + call.extra_s),
                    **call.arguments(stack),
                )
            except httpx2.TransportError as error:
                raise calls.unreachable(self.url, error) from error
        return calls.answer(call, response)

    async def stream(self, path: str, query: Mapping[str, str | int], place: live.Place) -> AsyncIterator[Event]:
        """Yield what one connection brings."""
        try:
            async with self._http.sse(
                path, params=dict(query), headers=place.headers(), timeout=connect.read_timeout(live.SILENCE_S)
            ) as source:
                if source.response.is_error:
                    await source.response.aread()
                    raise calls.refusal(source.response)
                async for sent in source:
                    event = place.take(sent)
                    if event is not None:
                        yield event
        except httpx2.TransportError as error:
            raise calls.unreachable(self.url, error) from error

    async def receive(self, draft: Arriving, url: str, query: Mapping[str, list[str]]) -> Path:
        """Fetch what a draft wants, coming back where the line breaks; return where it is then."""
        patience = Patience(max(self._retries, 1))
        while not await asyncio.to_thread(lambda: draft.complete):
            try:
                async with self._http.stream("GET", url, params=dict(query), headers=draft.headers()) as response:
                    if response.is_error:
                        await response.aread()
                        raise calls.refusal(response)
                    with draft.open(response.status_code, response.headers):
                        async for chunk in response.aiter_bytes():
                            draft.write(chunk)
                return await asyncio.to_thread(draft.finish)
            except httpx2.TransportError as error:
                trouble: ClientError = calls.unreachable(self.url, error)
            except (ApiError, DownloadError) as error:
                trouble = error
            pause_s = patience.after(trouble)
            if pause_s is None:
                raise trouble
            await asyncio.sleep(pause_s)
        return draft.target
