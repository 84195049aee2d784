#!/usr/bin/env python3
"""The scripts in .ci do what people rely on, as far as no engine and no package is needed to see it."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load(path):
    """A Python script as a module."""
    loader = importlib.machinery.SourceFileLoader(path.name.replace("-", "_"), str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


run_tests = load(ROOT / ".ci/run-tests")


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vectis-scripts-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.programs = self.folder / "bin"
        self.programs.mkdir()

    def program(self, name, body):
        """A program that stands in for one of the machine's."""
        (self.programs / name).write_text(f"#!/bin/bash\n{body}\n")
        (self.programs / name).chmod(0o755)

    def run_script(self, *command, **environment):
        environment = {**os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}", **environment}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


class MakeBuild(Folder):
    @unittest.skipUnless(shutil.which("make"), "make is not installed")
    def test_configures_where_there_is_no_python(self):
        lines = subprocess.run(["make", "--no-print-directory", "-n", "build"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        command = shlex.split(re.search(r"^cmake (.*?) >", lines, re.M)[1])
        done = subprocess.run(["cmake", *command, "-B", self.folder, "-DCMAKE_DISABLE_FIND_PACKAGE_Python3=ON"], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Mentions(unittest.TestCase):
    def test_every_script_that_is_named_is_there(self):
        sources = [path for base in ("api", "controller", "docker-client", "reconcilers", "manifests", "tests") for path in (ROOT / base).rglob("*")]
        for path in [*sources, *(ROOT / ".ci").iterdir(), *ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "CMakeLists.txt"]:
            if path.is_file():
                text = path.read_text(encoding="utf-8", errors="replace")
                for name in re.findall(r"(\.(?:ci|cmake)/[\w-]+(?:\.\w+)?)", text):
                    self.assertTrue((ROOT / name).exists(), f"{path.relative_to(ROOT)} names {name}")


class Packages(Folder):
    def missing(self, *purposes):
        """What would be installed on a machine that has nothing, by a user who may not."""
        self.program("dpkg-query", "exit 1")
        self.program("id", "echo 1000")
        done = self.run_script(".ci/packages", *purposes)
        self.assertIn("needs root", done.stderr)
        return re.search(r"installing \d+ packages: (.*)", done.stderr)[1].split()

    def test_the_tests_have_a_postgres_and_what_they_are_built_with(self):
        found = self.missing("build", "test")
        self.assertTrue([name for name in found if re.fullmatch(r"postgresql-\d+", name)], found)
        self.assertLessEqual({"g++", "python3", "libgtest-dev", "docker.io"}, set(found))
        self.assertEqual(len(found), len(set(found)))

    def test_the_program_alone_needs_neither_python_nor_the_tests(self):
        self.assertFalse({"python3", "libgtest-dev"} & set(self.missing("build", "engine")))

    def test_the_benchmark_has_what_it_is_built_with(self):
        self.assertLessEqual({"g++", "python3", "libgtest-dev", "libbenchmark-dev", "docker.io"}, set(self.missing("build", "bench")))


class RunTests(Folder):
    def setUp(self):
        super().setUp()
        self.said = io.StringIO()
        redirection = contextlib.redirect_stdout(self.said)
        redirection.__enter__()
        self.addCleanup(redirection.__exit__, None, None, None)

    def report(self, name, cases):
        (self.folder / f"{name}.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
        return run_tests.cases_in(self.folder / f"{name}.xml")

    def test_says_once_why_tests_were_skipped(self):
        skipped = '<skipped message="a_test.cpp:7&#x0A;no server"/>'
        self.report("a_test", f'<testcase name="a"/><testcase name="b">{skipped}</testcase><testcase name="c">{skipped}</testcase>')
        self.assertEqual(run_tests.count_program("a_test", self.folder, True), run_tests.Count(passed=1, skipped=2))
        self.assertEqual(self.said.getvalue(), "== a_test: 2 skipped, no server\n")

    def test_a_program_that_did_not_run_has_failed(self):
        self.program("ctest", f"""
            while [[ $1 != --output-junit ]]; do shift; done
            echo '<testsuite><testcase name="good" status="run"/><testcase name="absent" status="notrun"/>
                  <testcase name="bad" status="fail"/></testsuite>' >"$2" """)
        path, build = os.environ["PATH"], run_tests.BUILD
        os.environ["PATH"], run_tests.BUILD = f"{self.programs}:{path}", self.folder
        try:
            count = run_tests.run_programs("dev", ["good", "absent", "bad", "unheard_of"])
        finally:
            os.environ["PATH"], run_tests.BUILD = path, build
        self.assertEqual(count, run_tests.Count(passed=1, failed=3))

    def test_finds_an_engine_that_was_started_and_not_used(self):
        cases = self.report("engine_contract_test", """
            <testcase name="Starts/model_1_41"/><testcase name="Starts/unix____a_sock"/>
            <testcase name="Starts/unix____b_sock"><skipped message="x"/></testcase>""")
        env = {"VECTIS_TEST_ENGINES": "unix:///a.sock;unix:///b.sock;unix:///c.sock"}
        self.assertEqual(run_tests.unused_engines(env, cases), ["unix:///b.sock", "unix:///c.sock"])
        self.assertEqual(run_tests.unused_engines({}, cases), [])

    def test_counts_a_skip_for_each_engine_that_cannot_run(self):
        run = subprocess.run
        for listing, count in [("left out: engine 'a': no dockerd\nleft out: engine 'b': no root", run_tests.Count(skipped=2)),
                               ("VECTIS_TEST_ENGINES='unix:///a'\nleft out: engine 'b': no root", run_tests.Count(skipped=1)),
                               ("", run_tests.Count(failed=1))]:
            run_tests.subprocess.run = lambda *_, **__: subprocess.CompletedProcess([], 0, stdout=listing)
            try:
                env, counted = run_tests.start_engines()
            finally:
                run_tests.subprocess.run = run
            self.assertEqual(counted, count, listing)
            self.assertEqual(env.get("VECTIS_TEST_ENGINES"), "unix:///a" if "ENGINES" in listing else None)
        self.assertIn("== dev: skipped, engine 'a': no dockerd\n", self.said.getvalue())

    def test_what_takes_too_long_can_remove_what_it_made(self):
        made = self.folder / "made"
        made.touch()
        self.assertFalse(run_tests.run("bash", "-c", f"trap 'rm {made}; kill $!; exit 1' TERM; sleep 1000 & wait", timeout=1))
        self.assertFalse(made.exists())

    def test_what_does_not_end_is_killed(self):
        self.assertFalse(run_tests.run("bash", "-c", "trap '' TERM; while :; do read -rt 1 <> <(:); done", timeout=1, grace=1))
        self.assertIn("killed", self.said.getvalue())

    def test_only_what_the_machine_does_not_allow_is_a_skip(self):
        for code, count, word in [(0, run_tests.Count(), None), (77, run_tests.Count(skipped=1), "skipped"), (1, run_tests.Count(failed=1), "failed")]:
            self.said.truncate(0)
            self.assertEqual(run_tests.prepare("e2e", "bash", "-c", f"echo what was done >&2; echo and why >&2; exit {code}"), count)
            if word:
                self.assertIn(f"== e2e: {word}, and why\n", self.said.getvalue())

    def part_e2e(self, codes, report):
        """The part with scripts that end so, and end-to-end tests that report that; its count and the commands that were run."""
        commands = []

        def run(*command, **options):
            commands.append([str(word) for word in command])
            if report and "tests/e2e/run.py" in command:
                self.assertEqual(options["env"]["VECTIS_BIN"], str(self.folder / "vectis"))
                (self.folder / "e2e.json").write_text(report)
            return True

        with mock.patch.multiple(run_tests, run=run, prepare=lambda part, *script: codes[script[0]], BUILD=self.folder):
            return run_tests.part_e2e(), commands

    def test_end_to_end_tests_run_what_users_get(self):
        good = {".ci/engine": run_tests.Count(), ".ci/base-image": run_tests.Count()}
        count, commands = self.part_e2e(good, '{"passed": 3, "failed": 0, "skipped": 1}')
        self.assertEqual(count, run_tests.Count(passed=3, skipped=1))
        self.assertEqual(commands[0], ["make", "--no-print-directory", "build"])

    def test_a_base_image_that_cannot_be_made_fails_the_part(self):
        for base, engine in [(run_tests.Count(failed=1), run_tests.Count()), (run_tests.Count(), run_tests.Count(skipped=1))]:
            count, commands = self.part_e2e({".ci/engine": engine, ".ci/base-image": base}, '{"passed": 3, "failed": 0, "skipped": 0}')
            self.assertEqual(count, engine + base)
            self.assertFalse([command for command in commands if "tests/e2e/run.py" in command])

    def test_an_engine_with_which_no_test_ran_fails_the_part(self):
        good = {".ci/engine": run_tests.Count(), ".ci/base-image": run_tests.Count()}
        self.assertEqual(self.part_e2e(good, '{"passed": 0, "failed": 0, "skipped": 9}')[0], run_tests.Count(failed=1, skipped=9))
        (self.folder / "e2e.json").unlink()
        self.assertEqual(self.part_e2e(good, "")[0], run_tests.Count(failed=1))

    def test_every_part_is_run_and_explained(self):
        self.assertEqual(set(re.findall(r"^(\w+) {2,}", run_tests.__doc__, re.M)), set(run_tests.PARTS))

    def test_the_fuzz_targets_have_something_to_begin_with(self):
        for target in (ROOT / "tests/fuzz").rglob("*_fuzz.cpp"):
            self.assertTrue([file for folder in run_tests.seeds_of(target.stem) for file in folder.rglob("*") if file.is_file()], target)


class BaseImage(Folder):
    def make(self, mmdebstrap, mirror=0):
        """On an engine that has nothing, pulls nothing and takes nothing."""
        self.program("curl", f"""case "$*" in
            *_ping*) echo OK ;;
            *InRelease*) exit {mirror} ;;
            *http_code*) echo 404 ;;
            esac""")
        self.program("mmdebstrap", mmdebstrap)
        return self.run_script(".ci/base-image", XDG_CACHE_HOME=str(self.folder), DOCKER_HOST="")

    def test_that_cannot_be_made_is_a_failure(self):
        done = self.make("echo no space left; exit 1")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertTrue(done.stderr.endswith("no space left\nbase-image: mmdebstrap failed; its last lines are above\n"), done.stderr)

    def test_that_the_engine_does_not_take_is_a_failure(self):
        done = self.make('echo data >"${@: -1}"')
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("the engine did not take", done.stderr)

    def test_without_a_mirror_is_what_the_machine_does_not_allow(self):
        done = self.make("echo Could not resolve; exit 1", mirror=6)
        self.assertEqual(done.returncode, run_tests.CANNOT, done.stderr)
        self.assertIn("no registry and no Debian mirror (http://deb.debian.org/debian) answers", done.stderr.splitlines()[-1])


class NoEngine(Folder):
    def up(self, user=0, **environment):
        """Where no engine answers and none starts."""
        self.program("curl", "exit 7")
        self.program("id", f"echo {user}")
        self.program("dockerd", "echo it may not; exit 1")
        return self.run_script(".ci/engine", "up", VECTIS_ENGINE_DATA=str(self.folder / "engine"), **{"DOCKER_HOST": "", **environment})

    def test_that_can_be_installed_or_started_is_what_the_machine_does_not_allow(self):
        self.program("apt-get", "exit 100")
        for user, installed, words in [(1000, True, "no permission|needs root"), (0, False, "cannot be installed"), (0, True, "dockerd does not start here")]:
            if os.geteuid() != 0 and user == 0:
                continue
            self.program("dpkg-query", "echo installed" if installed else "exit 1")
            done = self.up(user)
            self.assertEqual(done.returncode, run_tests.CANNOT, done.stderr)
            self.assertRegex(done.stderr.splitlines()[-1], words)

    def test_at_the_address_that_was_chosen_is_a_failure(self):
        done = self.up(DOCKER_HOST="tcp://127.0.0.1:1")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("no Docker Engine answers at DOCKER_HOST=tcp://127.0.0.1:1", done.stderr)


@unittest.skipUnless(os.geteuid() == 0, "an engine is started by root")
class Engine(Folder):
    def test_waits_for_the_engine_that_it_started_before(self):
        self.program("dockerd", f"touch {self.folder}/second")
        # The engine answers when it has been asked a few times.
        self.program("curl", f"echo >>{self.folder}/asked; [[ $(wc -l <{self.folder}/asked) -gt 3 ]] && echo OK")
        slow = subprocess.Popen(["bash", "-c", f"exec -a dockerd {sys.executable} -c 'import sys; sys.stdin.read()' --pidfile {self.folder}/pid"], stdin=subprocess.PIPE)
        self.addCleanup(slow.communicate)
        (self.folder / "pid").write_text(str(slow.pid))
        while b"dockerd" not in pathlib.Path(f"/proc/{slow.pid}/cmdline").read_bytes().split(b"\0")[0]:
            pass
        done = self.run_script(".ci/engine", "up", VECTIS_ENGINE_DATA=str(self.folder), DOCKER_HOST="")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"waiting for the Docker Engine that was started before (pid {slow.pid})", done.stderr)
        self.assertTrue((self.folder / "pid").exists())
        self.assertFalse((self.folder / "second").exists())


class EndToEnd(Folder):
    def test_stopped_from_outside_removes_its_installation_and_begins_no_other_test(self):
        shutil.copy(ROOT / "tests/e2e/run.py", self.folder)
        (self.folder / "harness.py").write_text("def why_not(): return None\n")
        (self.folder / "test_long.py").write_text("""
import pathlib, threading, unittest
here = pathlib.Path(__file__).parent
class Long(unittest.TestCase):
    @classmethod
    def setUpClass(cls): cls.addClassCleanup((here / "closed").touch)
    def test_1(self):
        print("waits", flush=True)
        threading.Event().wait(100)
    def test_2(self): (here / "began").touch()
""")
        with subprocess.Popen([sys.executable, "-B", self.folder / "run.py", "--report", self.folder / "report"], stdout=subprocess.PIPE, text=True) as child:
            next(line for line in child.stdout if "waits" in line)
            child.send_signal(signal.SIGTERM)
            child.stdout.read()
        self.assertEqual(child.returncode, 1)
        self.assertTrue((self.folder / "closed").exists())
        self.assertTrue((self.folder / "report").exists())
        self.assertFalse((self.folder / "began").exists())


if __name__ == "__main__":
    unittest.main()
