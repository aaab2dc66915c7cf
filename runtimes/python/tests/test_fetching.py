"""Tests that fetching can be ended while a sender is slow. All traffic stays on loopback."""

import contextlib
import io
import socket
import threading
import unittest
from typing import List

from vitrine_runtime.addresses import open_url
from vitrine_runtime.fetching import Fetching
from vitrine_runtime.problems import Problem
from vitrine_runtime.saved_body import save_body

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


class Sender:
    """Answers one request with a few bytes, then waits until the other side has ended the connection, or ends it."""

    def __init__(self, answer: bytes, then_ends: bool = False) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.sent = threading.Event()
        self._answer = answer
        self._then_ends = then_ends
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        connected, _ = self._listening.accept()
        with connected:
            connected.sendall(self._answer)
            self.sent.set()
            if self._then_ends:
                connected.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while connected.recv(4096):
                    continue

    def close(self) -> None:
        self._listening.close()
        self._thread.join(60)


class Ending(unittest.TestCase):
    def setUp(self) -> None:
        self.fetching = Fetching()
        self.addCleanup(self.fetching.close)

    def fetch(self, port: int) -> None:
        url = f"http://pictures.example:{port}/slow"
        with open_url(url, self.fetching, lambda host, port: ["127.0.0.1"], lambda address: True) as response:
            save_body(response, io.BytesIO(), self.fetching)

    def reason_when_ended(self, answer: bytes) -> str:
        """Why fetching failed that was ended while the sender did not go on."""
        sender = Sender(answer)
        self.addCleanup(sender.close)
        problems: List[Problem] = []

        def run() -> None:
            try:
                self.fetch(sender.port)
            except Problem as problem:
                problems.append(self.fetching.problem or problem)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.assertTrue(sender.sent.wait(60))
        self.fetching.end("took too long")
        thread.join(60)
        self.assertEqual([problem.code for problem in problems], ["media.fetch_failed"])
        return str(problems[0].values["reason"])

    def test_it_ends_while_the_body_does_not_go_on(self) -> None:
        self.assertEqual(self.reason_when_ended(HEAD + b"Content-Length: 9\r\n\r\nbegin"), "took too long")

    def test_a_body_without_a_length_is_not_taken_for_whole(self) -> None:
        self.assertEqual(self.reason_when_ended(HEAD + b"\r\nbegin"), "took too long")

    def test_it_ends_while_a_chunk_does_not_go_on(self) -> None:
        self.assertEqual(self.reason_when_ended(HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nbegin"), "took too long")

    def test_a_body_that_breaks_off_is_a_failed_fetch(self) -> None:
        sender = Sender(HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nbegin", then_ends=True)
        self.addCleanup(sender.close)
        # Its connection is held until everything is fetched.
        self.addCleanup(self.fetching.close)
        with self.assertRaises(Problem) as caught:
            self.fetch(sender.port)
        self.assertEqual(caught.exception.code, "media.fetch_failed")

    def test_it_ends_while_the_head_does_not_go_on(self) -> None:
        self.assertEqual(self.reason_when_ended(HEAD), "took too long")

    def test_what_was_ended_is_not_begun(self) -> None:
        self.fetching.end("the caller has left")
        with self.assertRaises(Problem) as caught:
            self.fetch(9)
        self.assertEqual(caught.exception.values, {"reason": "the caller has left"})


if __name__ == "__main__":
    unittest.main()
