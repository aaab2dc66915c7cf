"""Problems in the log."""

import traceback
import unittest

from vitrine_runtime.encode import encode
from vitrine_runtime.problems import Problem, bad_output


class InTheLog(unittest.TestCase):
    def test_a_problem_says_why(self) -> None:
        problem = bad_output("output.no_list", type="NoneType", count=1)
        said = traceback.format_exception_only(Problem, problem)[-1].strip()
        self.assertTrue(said.endswith(
            "algorithm.bad_output: The return value of the algorithm cannot be used: "
            "predict returned NoneType, expected a list of 1"
        ), said)
        self.assertIn("predict 返回了 NoneType，应返回有 1 项的列表", problem.body("zh")["message"])

    def test_the_words_of_an_algorithm_stand_for_themselves(self) -> None:
        self.assertEqual(str(Problem("algorithm.failed", message="KeyError: 'x'")), "KeyError: 'x'")

    def test_a_value_without_a_json_form_is_told_in_both_languages(self) -> None:
        with self.assertRaises(Problem) as caught:
            encode({"a": object()})
        self.assertIn("builtins.object 类型的值不能写成 JSON", caught.exception.body("zh")["message"])
        self.assertIn("builtins.object has no JSON form", caught.exception.body("en")["message"])


if __name__ == "__main__":
    unittest.main()
