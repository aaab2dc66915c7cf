"""Tests fetching by URL: each hop is checked. All traffic stays on loopback, because the tests give the
resolver and the rule.
"""

import http.server
import threading
import unittest
from typing import Any, List

from vitrine_runtime.addresses import is_public, open_url
from vitrine_runtime.fetching import Fetching
from vitrine_runtime.problems import Problem

PRIVATE = """
127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255 224.0.0.1 192.0.2.1 198.18.0.1
240.0.0.1 ::1 :: ::7f00:1 4000::1 fe80::1 fc00::1 fd12::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1::
""".split()
PUBLIC = ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        content = f"{self.headers['Host']} {self.path}".encode()
        self.send_response(200 if self.path.startswith("/page") else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


class Addresses(unittest.TestCase):
    def test_private_and_special_addresses_are_not_public(self) -> None:
        self.assertEqual([address for address in PRIVATE if is_public(address)], [])

    def test_addresses_of_the_internet_are_public(self) -> None:
        self.assertEqual([address for address in PUBLIC if not is_public(address)], [])


class FetchingByUrl(unittest.TestCase):
    def setUp(self) -> None:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.asked: List[str] = []
        self.fetching = Fetching()
        self.addCleanup(self.fetching.close)

    def tearDown(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def resolve(self, host: str, port: int) -> List[str]:
        """Every name resolves to the test server. Names that start with "inner" also have an address that is
        not allowed.
        """
        self.asked.append(host)
        return ["127.0.0.1", "127.0.0.2"] if host.startswith("inner") else ["127.0.0.1"]

    def open(self, url: str) -> str:
        with open_url(url, self.fetching, self.resolve, lambda address: address == "127.0.0.1") as response:
            return response.read().decode()

    def refusal(self, url: str) -> str:
        with self.assertRaises(Problem) as caught:
            self.open(url)
        return caught.exception.code

    def test_the_checked_address_is_connected_to_with_the_name_as_host(self) -> None:
        self.assertEqual(self.open(f"http://pictures.example:{self.port}/page?a=1"), f"pictures.example:{self.port} /page?a=1")

    def test_a_redirect_is_followed_and_its_name_is_resolved_again(self) -> None:
        target = f"http://other.example:{self.port}/page"
        self.assertEqual(self.open(f"http://first.example:{self.port}/to?{target}"), f"other.example:{self.port} /page")
        self.assertEqual(self.asked, ["first.example", "other.example"])

    def test_a_redirect_to_a_private_address_is_refused(self) -> None:
        url = f"http://first.example:{self.port}/to?http://inner.example:{self.port}/page"
        self.assertEqual(self.refusal(url), "media.url_refused")

    def test_a_redirect_to_another_scheme_is_refused(self) -> None:
        self.assertEqual(self.refusal(f"http://first.example:{self.port}/to?file:///etc/passwd"), "media.url_refused")

    def test_a_name_one_of_whose_addresses_is_private_is_refused(self) -> None:
        self.assertEqual(self.refusal(f"http://inner.example:{self.port}/page"), "media.url_refused")

    def test_redirects_without_end_are_given_up(self) -> None:
        self.assertEqual(self.refusal(f"http://first.example:{self.port}/to?/to?/to?/to?/to?/to?/page"), "media.fetch_failed")

    def test_a_page_that_is_not_there_is_a_failed_fetch(self) -> None:
        self.assertEqual(self.refusal(f"http://first.example:{self.port}/none"), "media.fetch_failed")


if __name__ == "__main__":
    unittest.main()
