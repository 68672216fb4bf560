"""The way to a host: past the proxies that the environment names, with the certificates it names.

The variables are those of curl: http_proxy, https_proxy, all_proxy and no_proxy, SSL_CERT_FILE and
SSL_CERT_DIR. One that cannot be followed is refused, since going round it in silence would send a
key where nobody wanted it.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from functools import cached_property
from urllib.request import getproxies, proxy_bypass

import httpx

from mturk_exodus.errors import SettingMissing
from mturk_exodus.replay import addresses

_PORTS = {"http": 80, "https": 443}


class Routed(httpx.BaseTransport):
    """The network."""

    def __init__(self) -> None:
        self._proxies = getproxies()
        self._ways: dict[str | None, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply.

        Raises:
            SettingMissing: a variable of the environment names what cannot be used.
        """
        return self._way(_proxy(request.url, self._proxies)).handle_request(request)

    def close(self) -> None:
        """Close every connection."""
        for way in self._ways.values():
            way.close()

    def _way(self, proxy: str | None) -> httpx.HTTPTransport:
        if proxy not in self._ways:
            self._ways[proxy] = httpx.HTTPTransport(verify=self._trusted, proxy=proxy)
        return self._ways[proxy]

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        try:
            return httpx.create_ssl_context()
        except OSError as error:
            file = os.environ.get("SSL_CERT_FILE")
            named = "" if file is None else f" ({file})"
            why = "it holds none" if isinstance(error, ssl.SSLError) else error.strerror
            raise SettingMissing(
                f"the environment's SSL_CERT_FILE{named} is no file of certificates: {why}"
            ) from None


def _proxy(url: httpx.URL, proxies: Mapping[str, str]) -> str | None:
    """The address of the proxy for an address, if there is one."""
    name = url.scheme if url.scheme in proxies else "all"
    if name not in proxies or _is_excepted(url):
        return None
    value = proxies[name]
    proxy = value if "://" in value else f"http://{value}"
    if addresses.parsed(proxy) is None:
        # Not what it names: a password may be in it.
        raise SettingMissing(
            f"the environment's {name}_proxy names no proxy that can be used; it must look like"
            " http://host:port (SOCKS is not spoken here)"
        )
    return proxy


def _is_excepted(url: httpx.URL) -> bool:
    """Whether no_proxy names the host, alone or with the port."""
    host = url.raw_host.decode("ascii")
    port = url.port or _PORTS[url.scheme]
    spellings = [f"[{host}]:{port}", host] if ":" in host else [f"{host}:{port}"]
    return any(proxy_bypass(one) for one in spellings)
