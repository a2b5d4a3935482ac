"""Pictures of a model behind OpenAI's images API, before a server on this machine that draws well, badly, or not."""

import base64
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import web
from PIL import Image
from tests.engine.mill import Clock
from tests.media.loopback import Answer, Asked, Host, answering, hanging, leaves_at_once, raw, served, status

from mediamill import PermanentError, RetryableError
from mediamill.media import remote
from mediamill.media.pictures.provider import picture_of
from mediamill.media.pictures.provider.images import Images
from mediamill.media.pictures.slide import Aspect, Frame, Resolution
from mediamill.media.remote.server import Patience
from mediamill.media.remote.wire import Wire
from mediamill.settings import ModelSettings, RemoteSettings
from mediamill.testing import FakeContext

KEY = "sk-tiger-0123456789"
PROMPT = "A zebra on the road"
QUICK = Patience(attempts=2, first_s=0.001, longest_s=0.05, pause_s=15)
WIDE = Frame.of(Aspect.WIDE, Resolution.HD)


def drawn(kind: str = "PNG", size: tuple[int, int] = (96, 64)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "#0f766e").save(file, kind)
    return file.getvalue()


def sending(picture: bytes) -> Answer:
    """Answer with the picture itself."""
    body = {"created": 1, "data": [{"b64_json": base64.b64encode(picture).decode()}]}
    return raw("application/json", json.dumps(body).encode())


def naming(url: str) -> Answer:
    """Answer with where the picture is."""
    return raw("application/json", json.dumps({"data": [{"url": url, "revised_prompt": "A zebra"}]}).encode())


def refusing(param: str | None, message: str = "No.", **error: object) -> Answer:
    return status(400, {"error": {"message": message, "type": "invalid_request_error", "param": param, **error}})


@contextmanager
def gallery() -> Iterator[tuple[str, list[str | None]]]:
    """A host of pictures: yield it, and the keys that it was shown."""
    shown: list[str | None] = []

    async def picture(request: web.Request) -> web.Response:
        shown.append(request.headers.get("Authorization"))
        if request.path.endswith("away.png"):
            return web.Response(status=302, headers={"Location": "/zebra.png"})
        return web.Response(body=drawn(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/{name:.*}", picture)
    with served(app) as host:
        yield host, shown


@pytest.fixture
def host() -> Iterator[Host[Asked]]:
    with answering("/v1/images/generations", sending(drawn())) as host:
        yield host


@pytest.fixture
def images(host: Host[Asked], line: Wire, clock: Clock) -> Images:
    return Images(ModelSettings(host.url, "draw-1", KEY, answer_s=5), line=line, patience=QUICK, now=clock)


def fails(images: Images, code: str) -> str:
    with pytest.raises((PermanentError, RetryableError)) as caught:
        images.picture(PROMPT, WIDE)
    assert caught.value.code == code
    assert "tiger" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "zebra" not in caught.value.message.lower()
    return caught.value.message


# ---- what is asked, and what comes


@pytest.mark.parametrize(
    ("aspect", "size"), [(Aspect.WIDE, "1536x1024"), (Aspect.TALL, "1024x1536"), (Aspect.SQUARE, "1024x1024")]
)
def test_a_picture_of_the_frames_shape_is_asked_for(
    images: Images, host: Host[Asked], aspect: Aspect, size: str
) -> None:
    assert images.picture(PROMPT, Frame.of(aspect, Resolution.HD)) == drawn()
    (heard,) = host.heard
    assert heard.body == {
        "model": "draw-1",
        "prompt": PROMPT,
        "n": 1,
        "size": size,
        "response_format": "b64_json",
    }
    assert heard.headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_pictures_of_three_kinds_are_taken(images: Images, host: Host[Asked], kind: str) -> None:
    host.moods = [sending(drawn(kind))]
    assert images.picture(PROMPT, WIDE) == drawn(kind)


def test_what_a_server_refuses_is_left_out_and_that_is_remembered(images: Images, host: Host[Asked]) -> None:
    host.moods = [refusing("response_format", code="unknown_parameter"), refusing("size"), refusing("size")]
    images.picture(PROMPT, WIDE)
    images.picture(PROMPT, WIDE)
    sizes = [heard.body.get("size") for heard in host.heard]
    assert sizes == ["1536x1024", "1536x1024", "1792x1024", None, None]
    assert ["response_format" in heard.body for heard in host.heard] == [True, False, False, False, False]


def test_a_server_that_refuses_everything_is_not_asked_for_ever(images: Images, host: Host[Asked]) -> None:
    host.moods = [refusing("size")] * 20
    assert "does not draw this (400 invalid_request_error)" in fails(images, "IMAGE_REFUSED")
    assert len(host.heard) == 3


# ---- pictures that are elsewhere


def test_a_picture_that_is_named_and_is_not_there_is_a_failure_of_the_server(line: Wire) -> None:
    async def well(request: web.Request, _heard: object) -> web.StreamResponse:
        return web.json_response({"data": [{"url": f"http://{request.host}/elsewhere/zebra.png"}]})

    with answering("/v1/images/generations", well) as host:
        images = Images(ModelSettings(host.url, "draw-1", KEY), line=line, patience=QUICK)
        assert "named a picture that is not there (404)" in fails(images, "IMAGE_AWAY")


@pytest.mark.parametrize("where", ["{own}/generated/zebra.png", "/generated/zebra.png"])
def test_a_picture_may_be_named_by_its_place_on_that_host(line: Wire, where: str) -> None:
    app = web.Application()
    shown: list[str | None] = []

    async def named(request: web.Request) -> web.Response:
        return web.json_response({"data": [{"url": where.format(own=f"http://{request.host}")}]})

    async def picture(request: web.Request) -> web.Response:
        shown.append(request.headers.get("Authorization"))
        return web.Response(body=drawn(), content_type="image/png")

    app.router.add_post("/v1/images/generations", named)
    app.router.add_get("/generated/zebra.png", picture)
    with served(app) as own:
        images = Images(ModelSettings(f"http://{own}", "draw-1", KEY), line=line, patience=QUICK)
        assert images.picture(PROMPT, WIDE) == drawn()
    assert shown == [f"Bearer {KEY}"]


def test_another_host_is_not_asked(host: Host[Asked], images: Images) -> None:
    with gallery() as (other, shown):
        host.moods = [naming(f"http://{other}/z.png")]
        with structlog.testing.capture_logs() as lines:
            told = fails(images, "IMAGE_DENIED")
    assert told == (
        "the image server does not send the picture but where it is, and nothing may be fetched there: "
        "MEDIAMILL_IMAGE_HOSTS"
    )
    assert [line["there"] for line in lines] == [f"http://{other.partition(':')[0]}"], "for who may allow it"
    assert shown == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/z.png",
        "http://{own}@127.0.0.1:1/z.png",
        "https://{own}/z.png",
        "file:///etc/passwd",
        "ftp://{own}/z.png",
        "//127.0.0.1:1/z.png",
        "http://[::1/z.png",
    ],
)
def test_no_address_gets_around_that(host: Host[Asked], images: Images, url: str) -> None:
    host.moods = [naming(url.format(own=host.url.removeprefix("http://")))]
    with pytest.raises((PermanentError, RetryableError), match=r"may be fetched|address that is none"):
        images.picture(PROMPT, WIDE)
    assert len(host.heard) == 1


def test_a_host_that_is_named_is_asked_by_https_alone(host: Host[Asked], line: Wire) -> None:
    with gallery() as (other, shown):
        images = Images(ModelSettings(host.url, "draw-1", KEY), (other,), line=line, patience=QUICK)
        host.moods = [naming(f"http://{other}/z.png"), naming(f"https://{other}/z.png")]
        fails(images, "IMAGE_DENIED")
        assert "cannot be reached" in fails(images, "IMAGE_AWAY"), "it was asked, and speaks no TLS"
    assert shown == []


def test_a_picture_may_be_within_its_url(host: Host[Asked], images: Images) -> None:
    host.moods = [naming(f"data:image/png;base64,{base64.b64encode(drawn()).decode()}")]
    assert images.picture(PROMPT, WIDE) == drawn()


# ---- what goes wrong


@pytest.mark.parametrize(
    ("mood", "why"),
    [
        (raw("text/html", b"<html>Sign in</html>"), "without a picture in them"),
        (raw("application/json", b'{"data": []}'), "without a picture in them"),
        (raw("application/json", b'{"data": [{}]}'), "without a picture in them"),
        (raw("application/json", b'{"data": [{"b64_json": "***"}]}'), "sent a picture that is no base64"),
        (sending(b"<svg/>"), "sent 6 bytes that are no whole PNG, JPEG or WebP"),
        (sending(drawn("GIF")), "are no whole PNG, JPEG or WebP"),
        (sending(drawn("PNG")[:-20]), "are no whole PNG, JPEG or WebP"),
        (sending(drawn("JPEG")[:-20]), "are no whole PNG, JPEG or WebP"),
        (sending(drawn("WEBP")[:-20]), "are no whole PNG, JPEG or WebP"),
        (sending(drawn("PNG") + b"\0" * 2**25), "are no whole PNG, JPEG or WebP"),
    ],
    ids=["page", "none", "nothing", "no base64", "SVG", "GIF", "cut PNG", "cut JPEG", "cut WebP", "33 MiB"],
)
def test_what_is_no_picture_is_a_failure_of_the_server(
    images: Images, host: Host[Asked], mood: Answer, why: str
) -> None:
    host.moods = [mood]
    assert why in fails(images, "IMAGE_AWAY")


@pytest.mark.parametrize(
    ("code", "error", "error_code", "why"),
    [
        (
            400,
            {"code": "content_policy_violation"},
            "IMAGE_REFUSED",
            "does not draw this (400 content_policy_violation)",
        ),
        (400, {"code": "moderation_blocked"}, "IMAGE_REFUSED", "does not draw this"),
        (401, {}, "IMAGE_DENIED", "does not take our key: IMAGE_API_KEY"),
        (404, {"code": "model_not_found"}, "IMAGE_DENIED", "IMAGE_BASE_URL and IMAGE_MODEL"),
        (400, {"code": "billing_hard_limit_reached"}, "IMAGE_DENIED", "answers 400 billing_hard_limit_reached"),
    ],
)
def test_a_refusal_tells_neither_the_key_nor_the_prompt(  # noqa: PLR0917 - what is seen and told
    images: Images, host: Host[Asked], code: int, error: dict[str, Any], error_code: str, why: str
) -> None:
    host.moods = [status(code, {"error": {"message": f"{KEY} {PROMPT}", **error}})]
    assert why in fails(images, error_code)
    assert len(host.heard) == 1


def test_a_server_that_fails_again_and_again_is_left_alone_for_a_while(
    images: Images, host: Host[Asked], clock: Clock
) -> None:
    host.moods = [status(500)] * 6
    for _ in range(3):
        fails(images, "IMAGE_AWAY")
    assert "failed 3 times in a row" in fails(images, "IMAGE_AWAY")
    assert len(host.heard) == 6
    clock.forward(15)
    assert images.picture(PROMPT, WIDE) == drawn()


def test_a_cancelled_job_does_not_wait(images: Images, host: Host[Asked]) -> None:
    host.moods = [hanging(host)]
    leaves_at_once(host, lambda check: images.picture(PROMPT, WIDE, check))


# ---- for a scene


@pytest.fixture
def here(host: Host[Asked]) -> Iterator[None]:
    remote.use(RemoteSettings(images=ModelSettings(host.url, "draw-1", KEY)))
    yield
    remote.use(None)


def test_without_a_server_it_says_which_setting_names_one(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="IMAGE_BASE_URL") as refused:
        picture_of(PROMPT, WIDE, FakeContext(tmp_path))
    assert refused.value.code == "IMAGE_DENIED"


@pytest.mark.usefixtures("here")
def test_a_picture_is_made_once(host: Host[Asked], tmp_path: Path) -> None:
    first = picture_of(PROMPT, WIDE, FakeContext(tmp_path))
    ctx = FakeContext(tmp_path, attempt=2)
    assert picture_of(PROMPT, WIDE, ctx).read_bytes() == first.read_bytes() == drawn()
    assert len(host.heard) == 1
    picture_of(PROMPT, Frame.of(Aspect.TALL, Resolution.HD), ctx)
    picture_of(f"{PROMPT}.", WIDE, ctx)
    assert len(host.heard) == 3
    assert not any("zebra" in key.lower() or "http" in key for key in ctx.made)


@pytest.mark.usefixtures("here")
def test_a_picture_too_large_to_be_shown_is_refused_and_not_kept(host: Host[Asked], tmp_path: Path) -> None:
    bomb = drawn(size=(64, 64))
    host.moods = [sending(bomb[:16] + (30_000).to_bytes(4, "big") * 2 + bomb[24:])]
    ctx = FakeContext(tmp_path)
    with pytest.raises(PermanentError, match="30,000 x 30,000 pixels") as refused:
        picture_of(PROMPT, WIDE, ctx)
    assert refused.value.code == "IMAGE_REFUSED"
    assert ctx.made == []
