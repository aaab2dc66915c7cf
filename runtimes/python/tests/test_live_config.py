"""Tests how an instance takes new values while it runs."""

import io
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List, Optional
from unittest import mock

from vitrine_runtime.live_config import LiveConfig
from vitrine_runtime.release import read_release


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

    def test_a_package_without_on_config_takes_none(self) -> None:
        self.assertEqual(self.config.take(None, 3, 4, {"GREETING": "x"}), 501)
        self.assertEqual((self.config.revision, os.environ["GREETING"]), (3, "hello"))

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


if __name__ == "__main__":
    unittest.main()
