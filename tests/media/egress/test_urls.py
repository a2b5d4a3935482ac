import pytest

from mediamill.core.errors import InvalidInput
from mediamill.media import egress
from mediamill.settings import EgressSettings
from mediamill.variables import destinations


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        ("https://media.example.org/a?b=c%20d&e=f", "https://media.example.org/a?b=c%20d&e=f"),
        ("HTTPS://Media.Example.ORG:443/A", "https://media.example.org/A"),
        ("http://media.example.org:8080", "http://media.example.org:8080"),
        ("http://media.example.org./a#t=10", "http://media.example.org/a"),
        ("https://münchen.example/wörter?ä=ö", "https://xn--mnchen-3ya.example/w%C3%B6rter?%C3%A4=%C3%B6"),
        ("https://例え.jp/ラジオ.mp3", "https://xn--r8jz45g.jp/%E3%83%A9%E3%82%B8%E3%82%AA.mp3"),
        ("http://[2606:2800:220:1::1]:8080/x", "http://[2606:2800:220:1::1]:8080/x"),
        ("http://93.184.216.34/x", "http://93.184.216.34/x"),
        ("http://a.example/%2e%2e/;x=1,2!$'()*", "http://a.example/%2e%2e/;x=1,2!$'()*"),
        ("http://10.0.0.1.example.org/", "http://10.0.0.1.example.org/"),
    ],
)
def test_a_url_comes_back_in_ascii_and_without_its_fragment(given: str, returned: str) -> None:
    assert egress.check_url(given) == returned
    assert egress.check_url(returned) == returned


@pytest.mark.parametrize(
    "given",
    [
        "",
        "media.example.org/a",
        "//media.example.org/a",
        "ftp://media.example.org/a",
        "file:///etc/hostname",
        "javascript:alert(1)",
        "httpstream://file:///etc/hostname",
        "--exec=touch x",
        "http://",
        "http:///a",
        "http://?a",
        "http:media.example.org",
        "http://user@media.example.org/",
        "http://user:secret@media.example.org/",
        "http://@media.example.org/",
        "http://media.example.org@10.0.0.1/",
        "http://media.example.org\\@10.0.0.1/",
        "http://media.example.org/a b",
        " http://media.example.org/",
        "http://media.example.org/\n",
        "http://media.exa\tmple.org/",
        "http://media.example.org/\x00",
        "http://media.example.org/\x7f",
        "http://media.example.org/\u2028",
        "http://media.example.org/\u202e",
        "http://media.example.org/\u00a0",
        "http://media.example.org/\ud800",
        "http://media%2eexample.org/",
        "http://media.example.org:/",
        "http://media.example.org:99999/",
        "http://media.example.org:22/",
        "http://[::1]/",
        "http://[fe80::1%25eth0]/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://１２７.0.0.1/",  # noqa: RUF001 - digits of another script
        "http://127.0.0.1./",
        "http://10.0.0.1:8080/",
        "http://169.254.169.254/latest/meta-data/",
        "http://168.63.129.16/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://0/",
        "http://a.example/" + "x" * 2_000,
        "http://" + "a." * 200 + "example/",
    ],
)
def test_what_cannot_be_fetched_is_refused_at_the_door(given: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        egress.check_url(given, field="feed")
    assert caught.value.field == "feed"
    assert "secret" not in caught.value.message


def test_an_allowed_address_is_let_in_by_those_who_were_told() -> None:
    egress.use(EgressSettings(destinations("127.0.0.1:8080,[::1]")))
    try:
        assert egress.check_url("http://127.0.0.1:8080/a") == "http://127.0.0.1:8080/a"
        assert egress.check_url("http://[::1]/a") == "http://[::1]/a"
        with pytest.raises(InvalidInput, match="a loopback address"):
            egress.check_url("http://127.0.0.1:8081/a")
    finally:
        egress.use(None)
    with pytest.raises(InvalidInput, match="a loopback address"):
        egress.check_url("http://127.0.0.1:8080/a")


@pytest.mark.parametrize(
    "given",
    ["http://p.example:3128", "http://u:p%40ss@p.example", "socks5://[2606:2800::1]:1080/", "SOCKS5H://p.example"],
)
def test_a_proxy_comes_back_as_it_is(given: str) -> None:
    assert egress.check_proxy(given) == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "p.example:3128",
        "https://u:secret@p.example",
        "socks4://u:secret@p.example",
        "http://u:secret@",
        "http://u:secret@p.example/x",
        "http://u:secret@p.example?x",
        "http://u:secret@p.example:0",
        "http://u%0d%0aX:secret@p.example",
        "http://u:secret%00@p.example",
        "http://u%3ax:secret@p.example",
        "http://:secret@p.example",
        "http://u:secret@v:secret@p.example",
        "http://u:secret@10.0.0.1:3128",
        "http://u:secret@p.example:22",
        "socks5://u:" + "secret" * 60 + "@p.example",
        "http://p.example\r\nX: secret",
        "http://u:secret@p.exa mple",
    ],
)
def test_what_is_no_proxy_is_refused_and_not_shown(given: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        egress.check_proxy(given)
    assert caught.value.field == "proxy"
    assert "secret" not in caught.value.message
