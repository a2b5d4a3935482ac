import pytest

from mediamill.media.egress.places import Place, host_of, numeric, place, within


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("media.example.org", "media.example.org", 80),
        ("Media.EXAMPLE.org.:8080", "media.example.org", 8080),
        ("r3---sn_1.example.org:443", "r3---sn_1.example.org", 443),
        ("[2001:DB8:0::1]:443", "2001:db8::1", 443),
        ("[::ffff:10.0.0.1]", "::ffff:a00:1", 80),
        ("127.1:1", "127.1", 1),
        ("0x7f000001", "0x7f000001", 80),
        ("münchen.example", "xn--mnchen-3ya.example", 80),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example", 80),
        ("straße.example", "xn--strae-oqa.example", 80),
        ("１２７。０.０．１", "127.0.0.1", 80),  # noqa: RUF001 - digits and dots of another script
        ("ⓛocalhost", "localhost", 80),
    ],
)
def test_a_host_and_a_port_are_read_into_one_form(written: str, host: str, port: int) -> None:
    assert place(written, 80) == Place(host, port)


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "a..b",
        "example.org..",
        ".example.org",
        "user@example.org",
        "user:secret@example.org",
        "example.org:",
        "example.org:0",
        "example.org:65536",
        "example.org:080000",
        "example.org:+80",
        "example.org:٨٠",
        "example.org:80:80",
        "exa mple.org",
        "example.org\t",
        "exam\nple.org",
        "example.org\x00",
        "example%2eorg",
        "%31%32%37.0.0.1",
        "example.org/x",
        "example.org\\@evil.example",
        "[::1",
        "::1",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]:80",
        "[v1.x]",
        "[127.0.0.1]",
        "[]",
        "[::1]x:80",
        "x[::1]:80",
        "a" * 64 + ".example",
        "a." * 127 + "aa",
        "\u2488.example\u0000",
        "xn--\ud800",
    ],
)
def test_what_is_no_host_and_port_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="wanted"):
        place(written, 80)


def test_a_tunnel_names_its_port() -> None:
    with pytest.raises(ValueError, match="a port"):
        place("example.org", None)


def test_a_place_is_written_as_urls_write_it() -> None:
    assert str(Place("2001:db8::1", 443)) == "[2001:db8::1]:443"
    assert str(Place("example.org", 80)) == "example.org:80"


@pytest.mark.parametrize(
    "written", ["127.0.0.1", "2130706433", "0x7f000001", "0X7f.0x0.0x0.0x1", "0177.0.0.1", "017700000001", "127.1"]
)
def test_the_system_reads_an_address_in_disguise_as_what_it_is(written: str) -> None:
    assert numeric(host_of(written)) == ("127.0.0.1",)


@pytest.mark.parametrize("written", ["localhost", "127.0.0.1.example.org", "0x7f.example", "1.2.3.4.5", "256.1.1.1"])
def test_a_name_is_no_address_and_nobody_is_asked(written: str) -> None:
    assert numeric(written) == ()


def test_a_host_is_within_itself_and_what_it_is_below() -> None:
    assert within("a.example.org", ("example.org",))
    assert within("example.org", ("example.org",))
    assert not within("badexample.org", ("example.org",))
    assert not within("example.org.evil.example", ("example.org",))
    assert not within("org", ("example.org",))
