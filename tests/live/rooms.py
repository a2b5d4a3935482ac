"""Who is on the air, in the words of TikTok's answers, which recorders read: of a user, of a room, of many rooms.

Written after what streamlink and tiktok-live-recorder take from those answers; nobody has held them against TikTok.
"""

import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from aiohttp import web
from tests.live.channel import CHANNEL, Channel
from tests.live.trouble import Kind

_ON_AIR: Final = 2
_OFF_AIR: Final = 4
_PRIVATE: Final = 4_003_110
#: What the firewall sends instead of an answer, as a success.
_WALL: Final = "<!doctype html><html><head><title>Security Check</title></head><body>Please wait...</body></html>"


async def page(request: web.Request) -> web.StreamResponse:
    """The page that people open."""
    channel = request[CHANNEL]
    if channel.is_walled:
        return _wall()
    state = "on the air" if channel.live else "off the air"
    return web.Response(text=f"<!doctype html><title>{channel.name}</title>{state}", content_type="text/html")


async def of_user(request: web.Request) -> web.StreamResponse:
    """`/api-live/user/room?uniqueId=NAME`: what streamlink's plugin asks."""
    channel = request[CHANNEL]
    if channel.is_walled:
        return _wall()
    room = {"status": _status(channel), "title": channel.title, "streamId": channel.room_id}
    if channel.live and not channel.is_private:
        room["streamData"] = {"pull_data": _pull(request, channel)}
    user = {"uniqueId": channel.name, "roomId": channel.room_id, "status": _status(channel)}
    return web.json_response({"statusCode": 0, "message": "", "data": {"user": user, "liveRoom": room}})


async def info(request: web.Request) -> web.StreamResponse:
    """`/webcast/room/info/?room_id=NUMBER`: what tiktok-live-recorder asks."""
    channel = request[CHANNEL]
    if channel.is_walled:
        return _wall()
    if channel.is_private:
        words = {"prompts": "This account is private. Follow the creator to watch their LIVE"}
        return web.json_response({"status_code": _PRIVATE, "data": words})
    room: dict[str, Any] = {
        "id_str": channel.room_id,
        "title": channel.title,
        "status": _status(channel),
        "owner": {"display_id": channel.name},
    }
    if channel.live:
        flv = _address(request, channel, "stream.flv")
        room["stream_url"] = {
            "flv_pull_url": {"FULL_HD1": flv},
            "hls_pull_url": _address(request, channel, "master.m3u8"),
            "rtmp_pull_url": flv,
            "live_core_sdk_data": {"pull_data": _pull(request, channel)},
        }
    return web.json_response({"status_code": 0, "data": room})


def alive(channels: Collection[Channel]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """`/webcast/room/check_alive/?room_ids=NUMBER,NUMBER`: one question for many rooms, which meets no trouble."""

    async def answer(request: web.Request) -> web.StreamResponse:
        rooms = {channel.room_id: channel for channel in channels}
        wanted = request.query.get("room_ids", "").split(",")
        for number in wanted:
            if number in rooms:
                rooms[number].heard(Kind.ROOM, request.headers)
        states = [
            {"alive": number in rooms and rooms[number].live is not None, "room_id_str": number} for number in wanted
        ]
        return web.json_response({"status_code": 0, "data": states})

    return answer


def _wall() -> web.Response:
    return web.Response(text=_WALL, content_type="text/html")


def _status(channel: Channel) -> int:
    return _ON_AIR if channel.live else _OFF_AIR


def _pull(request: web.Request, channel: Channel) -> dict[str, Any]:
    """Return the addresses as they come: JSON in a text in JSON."""
    main = {
        "flv": _address(request, channel, "stream.flv"),
        "hls": _address(request, channel, "ts.m3u8"),
        "sdk_params": json.dumps({"VCodec": "h264"}),
    }
    return {
        "options": {"qualities": [{"sdk_key": "origin", "level": 10, "name": "Original"}]},
        "stream_data": json.dumps({"data": {"origin": {"main": main}}}),
    }


def _address(request: web.Request, channel: Channel, name: str) -> str:
    return f"{request.scheme}://{request.host}/live/{channel.name}/{name}"
