"""Identifiers of predictions: ULIDs, sortable by time (48 bits of milliseconds, 80 random bits, Crockford base 32)."""

from __future__ import annotations

import base64
import os
import time

_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> str:
    """A new ULID, 26 characters."""
    milliseconds = time.time_ns() // 1_000_000
    moment = "".join([_DIGITS[milliseconds >> shift & 31] for shift in (45, 40, 35, 30, 25, 20, 15, 10, 5, 0)])
    return moment + base64.b32encode(os.urandom(10)).translate(_CROCKFORD).decode("ascii")
