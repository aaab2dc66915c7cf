"""Tests on which address servers of packages listen if they ask for all addresses of the machine."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

_RUNTIME = Path(__file__).resolve().parent.parent

# A port that was free a moment ago; `bind` with port 0 would keep the stated address.
_BEGIN = """
import asyncio, socket
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
"""


def run(text: str, **more: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", _BEGIN + text],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(_RUNTIME),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOST": "127.0.0.1",
            "VITRINE_INSTANCE": "demo-r1-1",
            **more,
        },
        capture_output=True,
        text=True,
    )
    assert result.stderr == "", result.stderr
    return result.stdout.strip()


class OwnAddressTest(unittest.TestCase):
    def test_a_server_on_all_addresses_listens_on_the_own_one(self) -> None:
        for stated in ("''", "'0.0.0.0'", "'0'"):
            said = run(f"print(socket.create_server(({stated}, port)).getsockname()[0])")
            self.assertEqual(said, "127.0.0.1", stated)

    def test_a_server_for_both_families_answers_on_the_own_address(self) -> None:
        said = run(
            "server = socket.create_server(('', port), family=socket.AF_INET6, dualstack_ipv6=True)\n"
            "socket.create_connection(('127.0.0.1', port))\n"
            "print(server.getsockname()[0])"
        )
        self.assertEqual(said, "::ffff:127.0.0.1")

    def test_asyncio_without_a_host_listens_on_addresses_of_this_machine_only(self) -> None:
        said = run(
            "async def main():\n"
            "    server = await asyncio.start_server(lambda reader, writer: None, None, port)\n"
            "    print(sorted(one.getsockname()[0] for one in server.sockets))\n"
            "asyncio.run(main())"
        )
        self.assertIn(said, ("['127.0.0.1', '::1']", "['127.0.0.1']"))

    def test_other_addresses_and_sockets_of_clients_stay_as_they_are(self) -> None:
        for kind, stated in (
            ("SOCK_STREAM", "('127.0.0.2', port)"),
            ("SOCK_STREAM", "('0.0.0.0', 0)"),
            ("SOCK_DGRAM", "('0.0.0.0', port)"),
        ):
            said = run(f"s = socket.socket(type=socket.{kind})\ns.bind({stated})\nprint(s.getsockname()[0])")
            self.assertEqual(said, "127.0.0.2" if "127" in stated else "0.0.0.0", stated)

    def test_a_program_that_is_no_instance_listens_where_it_says(self) -> None:
        said = run("print(socket.create_server(('', port)).getsockname()[0])", VITRINE_INSTANCE="")
        self.assertEqual(said, "0.0.0.0")
