"""Which addresses are public: what may be reached of them when nobody has said anything else."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
_Range = IPv4Network | IPv6Network

#: Not by `ipaddress.is_global`, whose answers changed within minor versions of Python (CVE-2024-4032).
#: Sources: IANA's registries of special-purpose addresses, IPv4 and IPv6; the first row that fits says why.
_REFUSED: Final[tuple[tuple[_Range, str], ...]] = tuple(
    (ip_network(network), why)
    for network, why in (
        ("169.254.169.254/32", "an address of the machine's metadata"),
        ("169.254.170.2/32", "an address of the machine's metadata"),  # of a container at Amazon
        ("100.100.100.200/32", "an address of the machine's metadata"),  # Alibaba
        ("168.63.129.16/32", "an address of the machine's metadata"),  # Azure; public by its looks
        ("192.0.0.192/32", "an address of the machine's metadata"),  # Oracle
        ("fd00:ec2::254/128", "an address of the machine's metadata"),  # Amazon
        ("fd20:ce::254/128", "an address of the machine's metadata"),  # Google
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "an address of a provider's own network"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "an address that leads through 6to4"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/128", "an unspecified address"),
        ("::1/128", "a loopback address"),
        ("::ffff:0:0/96", "an IPv4 address within IPv6"),
        ("::ffff:0:0:0/96", "an IPv4 address within IPv6"),
        ("::/96", "an IPv4 address within IPv6"),
        ("64:ff9b::/96", "an IPv4 address within IPv6 (NAT64)"),
        ("64:ff9b:1::/48", "an IPv4 address within IPv6 (NAT64)"),
        ("2001::/32", "an IPv4 address within IPv6 (Teredo)"),
        ("2001:db8::/32", "an address for documentation"),
        ("2001::/23", "a reserved address"),
        ("2002::/16", "an IPv4 address within IPv6 (6to4)"),
        ("3fff::/20", "an address for documentation"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private address"),
        ("ff00::/8", "a multicast address"),
    )
)
#: Of IPv6 nothing else is given out to the world. Source: RFC 4291, section 2.4, and IANA's registry.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")


def objection(address: Address) -> str | None:
    """Return what an address is that is not public, for people: "a private address". None: it is public."""
    for network, why in _REFUSED:
        if address.version == network.version and address in network:
            return why
    if isinstance(address, IPv6Address) and (address not in _GLOBAL_UNICAST or address.scope_id is not None):
        return "a reserved address"
    return None
