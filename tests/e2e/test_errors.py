"""Mistakes and missing things are said clearly, with what to do, and change nothing."""

import os
import socket
import subprocess
import time
import unittest

from harness import BIN, OwnPlatform, RunningPlatform


class Typos(RunningPlatform):
    def refused(self, old, new, *words):
        path = self.site.edit(old, new)
        line = next(n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if new.splitlines()[-1].strip() in text)
        before, uids = self.site.containers(), self.site.uids()
        done = self.site.up(check=False)
        text = done.stdout + done.stderr
        self.assertEqual(done.returncode, 2, text)
        self.assertRegex(text, rf"{path.name}:{line}:\d+")
        for word in words:
            self.assertIn(word, text)
        self.assertEqual(self.site.containers(), before)
        self.assertEqual(self.site.uids(), uids)

    def test_an_unknown_field_is_named_with_its_place_and_the_right_name(self):
        self.refused("  hostname: mail.example.test", "  hostnam: mail.example.test", "/spec/hostnam", "hostname")

    def test_a_value_out_of_range_is_named(self):
        self.refused(f"smtp: {self.site.ports['smtp']}", "smtp: 99999", "/spec/ports/smtp", "65535")

    def test_a_key_that_is_there_twice_is_named(self):
        self.refused("  profile: dev", "  profile: dev\n  profile: small", "profile")

    def test_all_errors_are_reported_at_once(self):
        platform = self.site.edit("  profile: dev", "  profil: dev")
        platform.write_text(platform.read_text(encoding="utf-8").replace("outside: false", "outsid: false"), encoding="utf-8")
        text = self.site.up(check=False).stderr
        self.assertIn("profil", text)
        self.assertIn("outsid", text)


class Surroundings(OwnPlatform):
    def up_with(self, **environment):
        self.site.env.update(environment)
        done = self.site.run("up", self.site.site, "--timeout", "60s", check=False, timeout=180)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        text = done.stdout + done.stderr
        self.assertNotIn("terminate called", text)
        return text

    def test_no_engine_is_said_with_where_it_was_looked_for(self):
        text = self.up_with(DOCKER_HOST=f"unix://{self.site.folder}/no.sock")
        self.assertIn("no.sock", text)
        self.assertRegex(text.lower(), r"engine|docker")

    def test_down_without_an_engine_says_so_at_once_and_removes_nothing(self):
        self.up_with(DOCKER_HOST=f"unix://{self.site.folder}/no.sock")
        start = time.monotonic()
        done = self.site.run("down", check=False, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no.sock", done.stdout + done.stderr)
        self.assertLess(time.monotonic() - start, 30)

    def test_an_engine_that_refuses_connections_is_said(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            text = self.up_with(DOCKER_HOST=f"tcp://127.0.0.1:{unused.getsockname()[1]}")
        self.assertRegex(text.lower(), r"engine|docker")

    def test_a_socket_without_permission_is_said(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to become somebody else")
        path = str(self.site.folder / "closed.sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            os.chmod(path, 0o600)
            home = self.site.folder / "nobody"
            home.mkdir()
            os.chown(home, 65534, 65534)
            os.chmod(self.site.folder, 0o755)
            environment = {**self.site.env, "DOCKER_HOST": f"unix://{path}", "VECTIS_HOME": str(home)}
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", BIN, "up", self.site.site, "--timeout", "20s"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
            self.site.home = home
            self.site.kill_processes()
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex((done.stdout + done.stderr).lower(), r"permission")

    def test_a_port_in_use_is_said_with_its_number(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            taken = holder.getsockname()[1]
            self.site.edit(f"smtp: {self.site.ports['smtp']}", f"smtp: {taken}")
            done = self.site.run("up", self.site.site, "--timeout", "180s", check=False, timeout=300)
            text = done.stdout + done.stderr + self.site.run("status", check=False).stdout
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(taken), text)
        self.assertRegex(text, r"in use by process \S+ \(pid %d\)" % os.getpid())

    def test_an_unreachable_registry_is_said_with_the_image(self):
        self.site.set_platform("components: {valkey: {image: {reference: 'registry.invalid/nothing:1'}}}")
        done = self.site.run("up", self.site.site, "--timeout", "120s", check=False, timeout=300)
        text = done.stdout + done.stderr + self.site.run("status", check=False).stdout
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("registry.invalid/nothing:1", text)


class CommandLine(OwnPlatform):
    def test_an_unknown_command_and_a_missing_folder_are_invalid_input(self):
        self.assertEqual(self.site.run("upp", check=False).returncode, 2)
        done = self.site.run("up", self.site.folder / "absent", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("absent", done.stderr)

    def test_every_command_has_help_with_an_example(self):
        for command in ("up", "down", "status", "get", "describe", "plan", "diff", "apply", "delete", "watch", "wait", "logs", "events", "credentials"):
            with self.subTest(command):
                done = self.site.run(command, "--help")
                self.assertIn("Examples:", done.stdout)

    def test_status_without_a_controller_says_how_to_start_it(self):
        done = self.site.run("status", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("vectis up", done.stderr)


if __name__ == "__main__":
    unittest.main()
