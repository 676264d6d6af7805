"""Where a caller is: its address, past the proxies that are trusted, and the networks that a client calls from."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

IPV6_SITE = 64  # who has an address of IPv6 has as a rule the whole network of that length


class BadNetwork(ValueError):
    """What is no network; `meant` is the one that was probably meant, if any."""

    def __init__(self, meant: str | None = None) -> None:
        super().__init__(meant)
        self.meant = meant


def caller(socket: str, forwarded_for: str, trusted_proxies: int) -> str | None:
    """The address of whoever called the outermost trusted proxy; the socket's where there is none.

    Each proxy adds the address that it was called from to the right of X-Forwarded-For. What stands further left, the
    caller may have written himself. None where there is no such address or it can't be read.
    """
    if not trusted_proxies:
        return spelt(socket)
    hops = forwarded_for.rsplit(",", trusted_proxies)[-trusted_proxies:]
    return spelt(hops[0].strip()) if len(hops) == trusted_proxies else None


@lru_cache(maxsize=1024)
def spelt(text: str) -> str | None:
    """As the journal keeps and commits to it, in one spelling: without a zone, IPv4 as IPv4. None where it is none."""
    try:
        return str(_address(text))
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def within(address: str, networks: tuple[str, ...]) -> bool:
    """Whether the address lies in one of the networks. What is written as no network lets nobody in."""
    found = ip_address(address)
    for network in networks:
        try:
            if found in ip_network(network):
                return True
        except ValueError:
            continue
    return False


def read(text: str) -> str:
    """A network, or a single address, in one spelling. Raises BadNetwork."""
    try:
        network = ip_network(text)
    except ValueError:
        raise BadNetwork(_meant(text)) from None
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped:
        raise BadNetwork  # the addresses in it are known as IPv4
    return str(network)


def site(address: str) -> str:
    """Those who are counted as one: an address of IPv4, a site of IPv6."""
    return address if ":" not in address else str(ip_network(f"{address}/{IPV6_SITE}", strict=False))


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def _meant(text: str) -> str | None:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return None
