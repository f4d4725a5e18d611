"""Runs one module of exchangelib's tests, and writes a line of JSON for each test as it ends.

Arguments: folder with `exchangelib`, `tests` and `settings.yml`; module below `tests`; file for the lines; and, if not
all tests are wanted, what the name of one contains.

The suite shuffles its tests and makes up values. Here both depend on a test's name alone, so that a result comes again.
"""

import json
import random
import sys
import time
import unittest

folder, module, output, only = sys.argv[1], sys.argv[2], sys.argv[3], "".join(sys.argv[4:5])
sys.path.insert(0, folder)

import tests  # noqa: E402,F401

unittest.TestLoader.suiteClass = unittest.TestSuite
unittest.TestLoader.sortTestMethodsUsing = staticmethod(lambda a, b: (a > b) - (a < b))

# The suite waits for Exchange, which is slower than a simulator to show what was done.
sleep = time.sleep
time.sleep = lambda seconds: sleep(min(seconds, 0.5))


class Lines(unittest.TestResult):
    """Writes what became of each test, in the order in which they ended."""

    def __init__(self, lines):
        super().__init__()
        self.lines = lines
        self.outcome, self.why = "passed", []

    def startTest(self, test):
        super().startTest(test)
        self.outcome, self.why = "passed", []
        random.seed(test.id())
        self.write({"test": name_of(test), "outcome": "started"})

    def stopTest(self, test):
        super().stopTest(test)
        self.write({"test": name_of(test), "outcome": self.outcome, "why": self.why})

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.note(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note(subtest, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if isinstance(test, unittest.TestCase):
            self.outcome, self.why = "skipped", [reason]

    def note(self, test, err):
        text = self._exc_info_to_string(err, test)
        self.outcome = "failed"
        self.why.append(f"{test.id().removeprefix('tests.')}\n{text}")
        if not isinstance(test, unittest.TestCase):
            # setUpClass failed, so that its tests are not run.
            self.write({"test": str(test), "outcome": "failed", "why": self.why})

    def write(self, line):
        self.lines.write(json.dumps({**line, "at": time.time()}) + "\n")
        self.lines.flush()


def name_of(test):
    return test.id().removeprefix("tests.")


def wanted(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from wanted(test)
        elif only in test.id():
            yield test


loaded = unittest.defaultTestLoader.loadTestsFromName(f"tests.{module}")
with open(output, "w", encoding="utf-8") as lines:
    unittest.TestSuite(wanted(loaded)).run(Lines(lines))
