import socket
from ipaddress import ip_address

import psutil
import pytest
from tests.media.egress.kit import Names

from mediamill.media.egress.places import Place, place
from mediamill.media.egress.rules import Refused, Rules, Unresolved, is_ours, system_resolver
from mediamill.variables import destinations

PUBLIC, OTHER = "93.184.216.34", "2606:2800:220:1::1"


def rules(allow: str = "", **known: list[list[str]]) -> Rules:
    names = {name.replace("_", "."): answers for name, answers in known.items()}
    return Rules(destinations(allow), Names(names))


def test_a_public_name_has_its_addresses_in_the_order_of_the_resolver() -> None:
    assert rules(a_example=[[OTHER, PUBLIC]]).vetted(Place("a.example", 443)) == (OTHER, PUBLIC)


def test_a_name_with_public_and_private_addresses_has_only_the_public_ones() -> None:
    found = rules(a_example=[["10.0.0.1", PUBLIC, "::ffff:127.0.0.1", "fe80::1%eth0"]])
    assert found.vetted(Place("a.example", 443)) == (PUBLIC,)


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1", "0.0.0.0"])  # noqa: S104
def test_a_name_without_a_public_address_is_refused(address: str) -> None:
    with pytest.raises(Refused, match=r"^a\.example: an? "):
        rules(a_example=[[address]]).vetted(Place("a.example", 443))


@pytest.mark.parametrize(
    "written",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "127.0.0.1.",
    ],
)
def test_an_address_in_any_form_is_refused_and_nobody_is_asked(written: str) -> None:
    names = Names({})
    with pytest.raises(Refused):
        Rules((), names).vetted(place(written, 80))
    assert names.asked == []


def test_a_refusal_tells_people_what_it_was() -> None:
    with pytest.raises(Refused) as caught:
        rules().vetted(Place("10.0.0.1", 80))
    assert caught.value.message == "10.0.0.1: a private address"
    assert caught.value.code == "BLOCKED"


def test_a_name_nobody_knows_is_not_refused_but_unresolved() -> None:
    with pytest.raises(Unresolved) as caught:
        rules().vetted(Place("no.example", 80))
    assert caught.value.code == "NETWORK"


def test_a_resolver_that_answers_nonsense_resolves_nothing() -> None:
    with pytest.raises(Unresolved):
        rules(a_example=[["not an address"]]).vetted(Place("a.example", 80))
    with pytest.raises(Unresolved):
        rules(a_example=[[]]).vetted(Place("a.example", 80))


@pytest.mark.parametrize("port", [80, 443, 1024, 1935, 8000, 8080, 65_535])
def test_ports_of_the_web_are_open(port: int) -> None:
    assert rules(a_example=[[PUBLIC]]).vetted(Place("a.example", port))


@pytest.mark.parametrize("port", [1, 21, 22, 23, 25, 53, 110, 587, 1023, 2049, 5060, 6000, 6667, 10080])
def test_other_ports_are_refused_before_anybody_is_asked(port: int) -> None:
    found = rules(a_example=[[PUBLIC]])
    with pytest.raises(Refused, match=f"port {port} is none of the web's"):
        found.vetted(Place("a.example", port))
    assert isinstance(found.resolver, Names)
    assert found.resolver.asked == []


def test_hosts_other_than_the_named_ones_are_refused_before_anybody_is_asked() -> None:
    found = rules(cdn_a_example=[[PUBLIC]], b_example=[[PUBLIC]])
    assert found.vetted(Place("cdn.a.example", 443), ("a.example",)) == (PUBLIC,)
    with pytest.raises(Refused, match=r"^b\.example: not a host"):
        found.vetted(Place("b.example", 443), ("a.example",))
    with pytest.raises(Refused):
        found.vetted(Place(PUBLIC, 443), ("a.example",))
    assert isinstance(found.resolver, Names)
    assert found.resolver.asked == ["cdn.a.example"]


# ---- what an operator allowed


def reached(allow: str, host: str, port: int, *addresses: str) -> bool:
    try:
        return bool(Rules(destinations(allow), lambda _host: addresses).vetted(Place(host, port)))
    except Refused:
        return False


def test_an_allowed_host_is_reached_at_any_address_and_port() -> None:
    assert reached("nas.lan", "nas.lan", 80, "10.0.0.1")
    assert reached("nas.lan", "nas.lan", 22, "10.0.0.1")
    assert not reached("nas.lan", "x.nas.lan", 80, "10.0.0.1")
    assert not reached("nas.lan", "other.lan", 80, "10.0.0.1")


def test_an_allowed_port_is_the_only_one() -> None:
    assert reached("nas.lan:8080", "nas.lan", 8080, "10.0.0.1")
    assert not reached("nas.lan:8080", "nas.lan", 80, "10.0.0.1")
    assert reached("10.0.0.1:22", "a.example", 22, "10.0.0.1")
    assert not reached("10.0.0.1:22", "a.example", 22, PUBLIC)
    assert not reached("10.0.0.1:22", "a.example", 80, "10.0.0.1")


def test_an_allowed_network_counts_by_the_address_and_not_by_the_name() -> None:
    assert reached("10.1.0.0/16", "whatever.example", 80, "10.1.2.3")
    assert not reached("10.1.0.0/16", "whatever.example", 80, "10.2.2.3")
    assert reached("fd00::/8", "a.example", 443, "fd00::7")
    assert not reached("fd00::/8", "a.example", 443, "fc00::7")
    assert reached("[fd00::7]:443", "a.example", 443, "fd00::7")


def test_an_allowed_ipv4_address_does_not_allow_its_forms_in_ipv6() -> None:
    assert not reached("127.0.0.1", "::ffff:127.0.0.1", 80, "::ffff:127.0.0.1")


# ---- this machine


def test_an_address_of_this_machine_is_known_as_such() -> None:
    found = [each for interface in psutil.net_if_addrs().values() for each in interface]
    ours = [each.address for each in found if each.family == socket.AF_INET]
    assert "127.0.0.1" in ours
    assert all(is_ours(ip_address(each)) for each in ours)
    assert not is_ours(ip_address("192.0.2.1"))
    assert not is_ours(ip_address("2001:db8::1"))


def test_a_public_address_of_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # No interface of a test's machine has a public address: the kernel's answer is what stands in.
    monkeypatch.setattr("mediamill.media.egress.rules.is_ours", lambda address: str(address) == PUBLIC)
    with pytest.raises(Refused, match="an address of this machine"):
        rules(a_example=[[PUBLIC]]).vetted(Place("a.example", 80))


def test_the_system_resolves_localhost() -> None:
    assert "127.0.0.1" in system_resolver("localhost")
