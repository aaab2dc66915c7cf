"""Fetches a caller's URL without reaching anything private. Every hop is resolved and checked, and the
connection goes to the very address that was checked, so a name cannot resolve to another one a moment later.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from typing import Callable, Dict, List, Optional
from urllib.parse import urljoin, urlsplit

from .fetching import Fetching
from .problems import Problem

_HOPS = 5
_TIMEOUT_S = 30.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# The range that contains all assigned public IPv6 addresses (RFC 4291, section 2.4). Outside of it are forms that lead
# to an IPv4 address, such as `::10.0.0.1`.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")

Resolve = Callable[[str, int], List[str]]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet. For an IPv4 address inside IPv6, the IPv4 address
    counts.
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or _nat64(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None or ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast


def _nat64(ip: ipaddress.IPv6Address) -> Optional[ipaddress.IPv4Address]:
    # 64:ff9b::/96, RFC 6052: the last 32 bits are the IPv4 address.
    if ip in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def resolve(host: str, port: int) -> List[str]:
    """All addresses of a name, from the system's resolver."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def open_url(
    url: str, fetching: Fetching, resolver: Resolve = resolve, allowed: Callable[[str], bool] = is_public
) -> http.client.HTTPResponse:
    """GETs a URL and follows redirects. Each hop is checked. The answer has status 200, and its body is not
    read yet.

    Raises :class:`Problem`: ``media.url_refused`` for an address that is not allowed, else
    ``media.fetch_failed``.
    """
    for _ in range(_HOPS):
        response = _request(url, fetching, resolver, allowed)
        if response.status == 200:
            return response
        location = response.getheader("Location")
        response.close()
        if response.status not in _REDIRECTS or not location:
            raise Problem("media.fetch_failed", {"reason": f"HTTP {response.status}"})
        url = urljoin(url, location)
    raise Problem("media.fetch_failed", {"reason": "too many redirects"})


def _request(
    url: str, fetching: Fetching, resolver: Resolve, allowed: Callable[[str], bool]
) -> http.client.HTTPResponse:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Problem("media.url_refused", {"reason": str(error)}) from error
    if parts.scheme not in ("http", "https") or not host:
        raise Problem("media.url_refused", {"reason": "only http and https"})
    try:
        found = resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise Problem("media.fetch_failed", {"reason": f"{host}: {error}"}) from error
    if not found or not all(allowed(address) for address in found):
        raise Problem("media.url_refused", {"reason": f"{host} is not a public address"})
    fetching.check()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    try:
        connection.sock = socket.create_connection((found[0], port), timeout=_TIMEOUT_S)
        fetching.watch(connection.sock)
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
        headers: Dict[str, str] = {"User-Agent": "vitrine-runtime", "Connection": "close"}
        connection.request("GET", target, headers=headers)
        return connection.getresponse()
    except Problem:
        connection.close()
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        connection.close()
        raise Problem("media.fetch_failed", {"reason": f"{host}: {error}"}) from error
