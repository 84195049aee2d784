#!/usr/bin/env python3
"""The style check finds what it is there to find, and nothing else."""

import pathlib
import tempfile
import unittest

import check


class StyleCheck(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def found(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return [problem for _, problem in check.check_file(self.root, pathlib.PurePosixPath(path))]

    def test_refuses_includes_against_the_layers(self):
        for path, target in [
            ("resources/a.cpp", "controller/store.hpp"),
            ("docker-client/a.cpp", "resources/object.hpp"),
            ("controller/a.cpp", "docker-client/engine.hpp"),
            ("api/a.cpp", "reconcilers/core/quote.hpp"),
            ("reconcilers/network/a.cpp", "reconcilers/volume/volume_plan.hpp"),
            ("reconcilers/network/a.cpp", "api/server.hpp"),
            ("resources/a.cpp", "object.hpp"),
        ]:
            self.assertEqual(len(self.found(path, f'#include "{target}"\n')), 1, f"{path} → {target}")

    def test_accepts_includes_along_the_layers(self):
        for path, target in [
            ("controller/a.cpp", "resources/object.hpp"),
            ("reconcilers/network/a.cpp", "reconcilers/core/status.hpp"),
            ("reconcilers/network/a.cpp", "reconcilers/network/b.hpp"),
            ("reconcilers/assembly.cpp", "reconcilers/network/b.hpp"),
            ("tests/unit/a.cpp", "api/router.hpp"),
            ("main.cpp", "api/router.hpp"),
        ]:
            self.assertEqual(self.found(path, f'#include "{target}"\n'), [], f"{path} → {target}")

    def test_names_the_replacement_of_banned_calls(self):
        for line, word in [
            ("auto t = std::chrono::system_clock::now();", "Clock"),
            ("std::this_thread::sleep_for(x);", "Clock::sleep"),
            ("int a = std::rand();", "Random"),
            ("std::cout << 1;", "log"),
            ("auto* a = new Thing(1);", "make_unique"),
            ("thread.detach();", "jthread"),
        ]:
            problems = self.found("controller/a.cpp", line + "\n")
            self.assertEqual(len(problems), 1, line)
            self.assertIn(word, problems[0])

    def test_ignores_comments_and_strings(self):
        text = '// a new Thing(1) by std::rand\nauto a = "std::cout \\" << x"; /* sleep_for\nsleep_for */ int b = 1\'000;\n'
        self.assertEqual(self.found("controller/a.cpp", text), [])

    def test_refuses_unfinished_marks_and_long_files(self):
        self.assertEqual(len(self.found("controller/a.cpp", "// TO" + "DO later\n")), 1)
        self.assertEqual(len(self.found("controller/b.cpp", "\n" * 601)), 1)
        self.assertEqual(len(self.found("controller/c.hpp", "int a;\n")), 1)

    def test_refuses_folders_that_the_design_does_not_have_and_folders_without_readme(self):
        for name in ("utils", "scripts", "cmake", "api", ".ci", ".git"):
            (self.root / name).mkdir()
        self.assertEqual([place for place, _ in check.check_folders(self.root)], [".ci", "api", "cmake", "scripts", "utils"])

    def test_asks_what_lives_in_a_folder_that_holds_code_or_manifests(self):
        for path in ("api/cli/a.cpp", "tests/unit/api/a.cpp", "tests/style/a.py", "manifests/platform/a.yaml", "examples/b/a.yaml",
                     "manifests/images/b/a.sh", "manifests/sql/b/a.sql", "tests/golden/b/a.yaml", "tests/unit/recorded/a.json"):
            self.found(path, "\n")
        without = ["api/cli", "manifests/platform", "examples/b", "tests/style", "tests/unit/api"]
        self.assertEqual([place for place, _ in check.check_readmes(self.root)], without)
        for folder in without:
            self.found(f"{folder}/README.md", f"# {folder}\n\nWhat it is.\n")
        self.assertEqual(list(check.check_readmes(self.root)), [])

    def test_refuses_a_readme_of_another_folder_and_one_among_data(self):
        self.found("tests/sim/README.md", "# sim\n")
        self.found("manifests/images/b/README.md", "# manifests/images/b\n")
        self.assertEqual([place for place, _ in check.check_readmes(self.root)], ["manifests/images/b", "tests/sim"])

    def test_finds_sources_that_are_not_built(self):
        self.found("api/a.cpp", "\n")
        self.found("api/b.cpp", "\n")
        (self.root / "api/CMakeLists.txt").write_text("add_library(x a.cpp)\n")
        self.assertEqual([place for place, _ in check.check_lists(self.root)], ["api/b.cpp"])


if __name__ == "__main__":
    unittest.main()
