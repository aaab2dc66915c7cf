"""Tests how an instance takes new values while it runs."""

import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List, Optional
from unittest import mock

from vitrine_runtime.live_config import LiveConfig, read_asked
from vitrine_runtime.problems import Problem
from vitrine_runtime.release import read_release
from vitrine_runtime.reserved_variables import is_reserved

RUNTIME = Path(__file__).parents[1]
NAMES = json.loads((Path(__file__).parent / "names_of_variables.json").read_text("utf-8"))

SEEN = """
import os, subprocess, sys
from vitrine_runtime.release import read_release
print(read_release().config_key, os.environ.get("VITRINE_CONFIG_KEY"), flush=True)
subprocess.run([sys.executable, "-c", "import os; print(os.environ.get('VITRINE_CONFIG_KEY'))"], check=True)
"""


def config_of(**env: str) -> LiveConfig:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vitrine.json"
        file.write_text(json.dumps({"manifest": {}}))
        return LiveConfig(read_release({"VITRINE_RELEASE_FILE": str(file), **env}))


class Taking(unittest.TestCase):
    def setUp(self) -> None:
        self.config = config_of(VITRINE_CONFIG_REVISION="3", VITRINE_CONFIG_KEY="key")
        self.told: List[Dict[str, Optional[str]]] = []
        environment = mock.patch.dict(os.environ, {"GREETING": "hello", "REGION": "eu"})
        environment.start()
        self.addCleanup(environment.stop)

    def test_the_package_is_told_of_what_changed_and_the_environment_has_it(self) -> None:
        changes = {"GREETING": "good day", "REGION": None}
        self.assertEqual(self.config.take(self.told.append, 3, 4, changes), 200)
        self.assertEqual((self.told, self.config.revision), ([changes], 4))
        self.assertEqual((os.environ["GREETING"], os.environ.get("REGION")), ("good day", None))

    def test_a_revision_that_it_has_is_not_told_again(self) -> None:
        self.assertEqual(self.config.take(self.told.append, 1, 3, {"GREETING": "x"}), 200)
        self.assertEqual(self.told, [])

    def test_changes_since_another_revision_are_refused(self) -> None:
        self.assertEqual(self.config.take(self.told.append, 2, 4, {"GREETING": "x"}), 409)
        self.assertEqual((self.told, os.environ["GREETING"]), ([], "hello"))

    def test_a_message_that_was_seen_before_changes_nothing(self) -> None:
        # Changes that are sent again, as an attacker might do. Each names the revisions before and after it.
        older, newer = (3, 4, {"GREETING": "four"}), (4, 5, {"GREETING": "five"})
        self.assertEqual([self.config.take(self.told.append, *each) for each in (older, newer)], [200, 200])
        # The change to the present revision is already done, and one that begins at another revision is refused.
        self.assertEqual([self.config.take(self.told.append, *each) for each in (newer, older)], [200, 409])
        self.assertEqual((len(self.told), self.config.revision, os.environ["GREETING"]), (2, 5, "five"))

    def test_a_package_without_on_config_takes_none(self) -> None:
        self.assertEqual(self.config.take(None, 3, 4, {"GREETING": "x"}), 501)
        self.assertEqual((self.config.revision, os.environ["GREETING"]), (3, "hello"))

    def test_values_that_it_has_already_only_get_their_number(self) -> None:
        values = {"GREETING": "hello", "NONE": None}
        self.assertEqual(self.config.take(None, 3, 4, values), 200)
        self.assertEqual(self.config.take(self.told.append, 4, 5, values), 200)
        self.assertEqual((self.config.revision, self.told), (5, []))

    def test_without_any_value_only_a_new_instance_can_have_what_has_changed(self) -> None:
        self.assertEqual(self.config.take(None, 3, 4, {}), 501)
        self.assertEqual(self.config.revision, 3)

    def test_after_an_exception_everything_is_as_before(self) -> None:
        def on_config(_: Any) -> None:
            raise ValueError("not a greeting")

        with mock.patch.object(sys, "__stderr__", io.StringIO()) as printed:
            self.assertEqual(self.config.take(on_config, 3, 4, {"GREETING": "x", "NEW": "y"}), 500)
        self.assertIn("not a greeting", printed.getvalue())
        self.assertEqual((self.config.revision, os.environ["GREETING"], os.environ.get("NEW")), (3, "hello", None))

    def test_it_may_be_async(self) -> None:
        async def on_config(values: Dict[str, Optional[str]]) -> None:
            self.told.append(values)

        self.assertEqual(self.config.take(on_config, 3, 4, {"GREETING": "x"}), 200)
        self.assertEqual(self.told, [{"GREETING": "x"}])


class Key(unittest.TestCase):
    def test_only_the_key_of_the_instance_is_the_platforms(self) -> None:
        config = config_of(VITRINE_CONFIG_KEY="key")
        self.assertTrue(config.is_from_platform("key"))
        for given in (None, "", "other", "schlüssel"):
            self.assertFalse(config.is_from_platform(given))

    def test_without_a_key_nobody_is(self) -> None:
        for given in (None, ""):
            self.assertFalse(config_of().is_from_platform(given))

    def test_neither_the_algorithm_nor_the_programs_that_it_starts_find_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "vitrine.json"
            file.write_text(json.dumps({"manifest": {}}))
            env = {"PATH": os.defpath, "PYTHONPATH": str(RUNTIME), "VITRINE_RELEASE_FILE": str(file)}
            printed = subprocess.run(
                [sys.executable, "-c", SEEN], env={**env, "VITRINE_CONFIG_KEY": "key"}, capture_output=True, text=True, check=True
            ).stdout
        self.assertEqual(printed.split(), ["key", "None", "None"])


class Form(unittest.TestCase):
    def test_a_change_of_another_form_is_refused(self) -> None:
        good = {"since": 3, "revision": 4, "changes": {"GREETING": "x", "REGION": None}}
        self.assertEqual(read_asked(json.dumps(good).encode()), (3, 4, good["changes"]))
        others: List[Any] = [[], "x", None, {}, {**good, "since": "3"}, {**good, "revision": True}, {**good, "changes": []}]
        others += [{**good, "changes": {name: "x"}} for name in ("", "A=B", "A B", "A\0")]
        others += [{**good, "changes": {"A": value}} for value in (1, {}, "a\0b", "\ud800")]
        for body in [b"", b"{", b"\xff", b"[" * 100_000, *(json.dumps(other).encode() for other in others)]:
            with self.subTest(body[:80]), self.assertRaises(Problem) as refused:
                read_asked(body)
            self.assertEqual(refused.exception.status, 422)

    def test_variables_of_the_platform_are_refused_and_they_are_those_that_it_reserves(self) -> None:
        for name, reserved in NAMES.items():
            with self.subTest(name):
                self.assertIs(is_reserved(name), reserved)
                body = json.dumps({"since": 3, "revision": 4, "changes": {name: "x"}}).encode()
                if reserved:
                    self.assertRaises(Problem, read_asked, body)
                else:
                    self.assertEqual(read_asked(body).changes, {name: "x"})


if __name__ == "__main__":
    unittest.main()
