"""Fits Python programs to the platform. Python imports this module at its start, because the platform puts its
folder on ``PYTHONPATH``.

The settings that all services share become importable as ``config.common`` and ``config.ports``. If a package
has its own ``config`` (a file, a folder or something installed), that one is used. The shared folder is only
the last place where submodules of ``config`` are searched.
"""

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec


class SharedConfigFinder:
    """Finds ``config`` in the usual way, and adds the shared folder to its submodule search path."""

    def __init__(self, folder):
        self.folder = folder

    def find_spec(self, name, path=None, target=None):
        if name != "config":
            return None
        spec = self._own(name, path, target)
        if spec is None:
            spec = ModuleSpec(name, None, is_package=True)
        # A plain config.py has no such locations yet. They make ``config.common`` importable; the rest of it
        # is unchanged.
        spec.submodule_search_locations = [*(spec.submodule_search_locations or ()), self.folder]
        return spec

    def _own(self, name, path, target):
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec = find and find(name, path, target)
            if spec is not None:
                return spec
        return None


# All addresses of a machine, as programs write them.
ALL_ADDRESSES = frozenset({"", "0", "0.0.0.0", "::", "::0", "0:0:0:0:0:0:0:0"})


def listen_on(host):
    """Makes sockets that are bound to all addresses of the machine use this IPv4 address. A service would otherwise
    be reachable from other machines without the gateway, which checks who may call it.

    A port 0 stays as it is: clients bind such sockets, and could connect to nothing else from the own address.
    """
    import socket

    bind = socket.socket.bind

    def own_address(self, address):
        if self.family not in (socket.AF_INET, socket.AF_INET6) or self.type != socket.SOCK_STREAM:
            return address
        if not isinstance(address, tuple) or len(address) < 2 or address[1] == 0:
            return address
        if address[0] not in ALL_ADDRESSES:
            return address
        if self.family == socket.AF_INET:
            return (host, *address[1:])
        only_ipv6 = self.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
        return ("::1" if only_ipv6 else f"::ffff:{host}", *address[1:])

    def bind_to_own_address(self, address):
        return bind(self, own_address(self, address))

    socket.socket.bind = bind_to_own_address


def import_next():
    """Runs the ``sitecustomize`` that Python would have found without this one."""
    here = os.path.dirname(os.path.abspath(__file__))
    others = [entry for entry in sys.path if os.path.abspath(entry) != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


if os.environ.get("VITRINE_INSTANCE") and os.environ.get("HOST"):
    listen_on(os.environ["HOST"])
if os.environ.get("VITRINE_CONFIG_DIR"):
    sys.meta_path.insert(0, SharedConfigFinder(os.environ["VITRINE_CONFIG_DIR"]))
import_next()
