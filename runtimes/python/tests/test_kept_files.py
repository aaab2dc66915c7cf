"""Tests the folders of files that are named by content, and what is kept beside them."""

import os
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any, List
from unittest import mock

from vitrine_runtime.asset_notes import AssetNotes
from vitrine_runtime.kept_files import KeptFiles
from vitrine_runtime.named_locks import NamedLocks

DAY = 86400


def aged(path: Path, days: float) -> None:
    moment = time.time() - days * DAY
    os.utime(path, (moment, moment))


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "kept"
        self.sources = Path(folder.name)

    def source(self, name: str, size: int = 10) -> Path:
        path = self.sources / name
        path.write_bytes(name.encode() * size)
        return path

    def names(self) -> List[str]:
        return sorted(path.name for path in self.folder.iterdir())


class Keeping(InFolder):
    def test_the_oldest_are_removed_and_never_a_copy_that_another_thread_is_making(self) -> None:
        kept = KeptFiles(self.folder, bound=15)
        first = kept.copy(self.source("a"), ".txt")
        aged(first, 1)
        making = self.folder / ".copy-of-another"
        making.write_bytes(b"x" * 100)
        aged(making, 2)
        second = kept.copy(self.source("b"), ".txt")
        self.assertEqual(self.names(), [making.name, second.name])

    def test_the_folder_is_not_looked_through_for_each_file(self) -> None:
        kept = KeptFiles(self.folder, bound=3200)
        with mock.patch("os.scandir", wraps=os.scandir) as looks:
            for number in range(200):
                kept.copy(self.source(f"{number:04}", 5), ".txt")
            self.assertLess(looks.call_count, 70)
        total = sum(path.stat().st_size for path in self.folder.iterdir())
        self.assertTrue(2500 < total <= 3260, total)

    def test_a_file_that_goes_away_meanwhile_does_no_harm(self) -> None:
        kept = KeptFiles(self.folder, bound=5)
        kept.copy(self.source("a"), ".txt")
        list_really = os.scandir

        class Listing:
            """A listing of a folder, all of whose files are removed once it has been made."""

            def __init__(self, folder: Any) -> None:
                with list_really(folder) as found:
                    self.entries = list(found)
                for entry in self.entries:
                    os.unlink(entry.path)

            def __enter__(self) -> Any:
                return iter(self.entries)

            def __exit__(self, *_: Any) -> None:
                return None

            __iter__ = __enter__

        with mock.patch("os.scandir", Listing):
            kept.copy(self.source("b"), ".txt")
        self.assertEqual(self.names(), [])

    def test_a_copy_that_fails_leaves_nothing(self) -> None:
        kept = KeptFiles(self.folder)
        with mock.patch("shutil.copyfile", side_effect=OSError("no space left on device")):
            with self.assertRaises(OSError):
                kept.copy(self.source("a"), ".txt")
        self.assertEqual(self.names(), [])

    def test_what_killed_instances_have_left_is_removed_at_the_start(self) -> None:
        self.folder.mkdir()
        for name, days in ((".copy-old", 8), (".copy-new", 1), ("kept-old", 8)):
            (self.folder / name).write_bytes(b"x")
            aged(self.folder / name, days)
        KeptFiles(self.folder)
        self.assertEqual(self.names(), [".copy-new", "kept-old"])


class Noting(InFolder):
    def test_at_most_so_many_notes_are_kept_and_the_least_recently_used_are_forgotten(self) -> None:
        notes = AssetNotes(self.folder, 10)
        for number in range(1, 11):
            notes.write(f"asset-{number}", f"file-{number}")
            aged(self.folder / f"asset-{number}", 20 - number)
        self.assertEqual(notes.read("asset-1"), "file-1")
        notes.write("asset-11", "file-11")
        self.assertEqual(len(self.names()), 9)
        told = [notes.read(asset) for asset in ("asset-1", "asset-2", "asset-3", "asset-11")]
        self.assertEqual(told, ["file-1", None, None, "file-11"])


class Locking(unittest.TestCase):
    def setUp(self) -> None:
        self.locks = NamedLocks()

    def test_a_lock_exists_only_while_it_is_used(self) -> None:
        with self.locks.hold("a", self.fail):
            with self.locks.hold("b", self.fail):
                self.assertEqual(len(self.locks), 2)
            self.assertEqual(len(self.locks), 1)
        self.assertEqual(len(self.locks), 0)

    def test_a_thread_that_waits_gets_the_lock_when_it_is_free(self) -> None:
        order: List[str] = []
        waits = threading.Event()

        def second() -> None:
            with self.locks.hold("a", waits.set):
                order.append("second")

        thread = threading.Thread(target=second)
        with self.locks.hold("a", self.fail):
            thread.start()
            self.assertTrue(waits.wait(60))
            order.append("first")
        thread.join(60)
        self.assertEqual((order, len(self.locks)), (["first", "second"], 0))

    def test_a_thread_that_gives_up_waiting_leaves_the_lock_to_its_holder(self) -> None:
        raised: List[BaseException] = []

        def give_up() -> None:
            raise InterruptedError

        def second() -> None:
            try:
                with self.locks.hold("a", give_up):
                    raised.append(AssertionError("it has the lock"))
            except InterruptedError as error:
                raised.append(error)

        thread = threading.Thread(target=second)
        with self.locks.hold("a", self.fail):
            thread.start()
            thread.join(60)
            self.assertEqual(len(self.locks), 1)
        self.assertEqual([type(error) for error in raised], [InterruptedError])
        self.assertEqual(len(self.locks), 0)


if __name__ == "__main__":
    unittest.main()
