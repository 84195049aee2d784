#!/usr/bin/env python3
"""Runs the end-to-end tests: run.py [--report FILE] [NAME…], a name being a module such as test_mail or a test in it."""

import argparse
import json
import pathlib
import signal
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent


class Result(unittest.TextTestResult):
    """Shows what the platform of a failed test says, while it is still there."""

    def diagnose(self, test):
        site = getattr(test, "site", None)
        if site is not None:
            self.stream.writeln(f"\n{site.diagnosis()}")

    def addError(self, test, err):
        super().addError(test, err)
        self.diagnose(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.diagnose(test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.diagnose(test)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=pathlib.Path, help="write the counts here, as JSON")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    # Stopped from outside, no other test begins, and the one that runs fails as by any exception: its installation is removed.
    unittest.installHandler()
    begin_no_other_test = signal.getsignal(signal.SIGINT)

    def stop(number, frame):
        begin_no_other_test(number, frame)
        raise RuntimeError("stopped from outside")

    signal.signal(signal.SIGTERM, stop)
    sys.stdout.reconfigure(line_buffering=True)
    sys.path.insert(0, str(FOLDER))
    import harness  # after the path is set

    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(options.names) if options.names else loader.discover(str(FOLDER), "test_*.py")
    if harness.why_not():
        # One line instead of one for each class.
        print(f"e2e: skipped, {harness.why_not()}", flush=True)
        counts = {"passed": 0, "failed": 0, "skipped": suite.countTestCases()}
    else:
        result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout, resultclass=Result).run(suite)
        failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
        # An error while a class is set up is no test that ran.
        in_tests = sum(isinstance(test, unittest.TestCase) for test, _ in result.failures + result.errors)
        counts = {"passed": max(0, result.testsRun - in_tests - len(result.skipped)), "failed": failed, "skipped": len(result.skipped)}
    if options.report:
        options.report.write_text(json.dumps(counts), encoding="utf-8")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
