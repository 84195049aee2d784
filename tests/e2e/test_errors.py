"""Mistakes and missing things are said clearly, with what to do, and change nothing."""

import contextlib
import os
import re
import socket
import subprocess
import time
import unittest

from harness import BIN, OwnPlatform, RunningPlatform, docker, eventually


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
        done = self.site.up(check=False)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("profil", done.stderr)
        self.assertIn("outsid", done.stderr)


def error_of(done):
    """What a command ends with: not what it said on the way."""
    return re.split(r"(?m)^error: ", done.stderr)[-1] if re.search(r"(?m)^error: ", done.stderr) else ""


class Surroundings(OwnPlatform):
    def assert_fails(self, done, cause, remedy):
        """What is wrong and what to do about it, in one line of the error at the end."""
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertNotIn("terminate called", done.stderr)
        self.assertRegex(error_of(done), f"{cause}.*{remedy}", done.stderr)

    def up_with(self, **environment):
        self.site.env.update(environment)
        return self.site.run("up", self.site.site, "--timeout", "30s", check=False, timeout=180)

    def test_no_engine_is_said_with_where_it_was_looked_for_and_how_to_choose_another(self):
        host = f"unix://{self.site.folder}/no.sock"
        self.assert_fails(
            self.up_with(DOCKER_HOST=host), rf"no Docker Engine answers at {re.escape(host)} \(No such file or directory\)",
            r": is it running\? DOCKER_HOST chooses another")

    def test_down_without_an_engine_says_so_at_once_and_removes_nothing(self):
        self.up_with(DOCKER_HOST=f"unix://{self.site.folder}/no.sock")
        start = time.monotonic()
        done = self.site.run("down", check=False, timeout=60)
        self.assert_fails(done, r"nothing was removed:\n  no Docker Engine answers at unix://\S+/no\.sock \(No such file or directory\)", r": is it running\?")
        self.assertIn("make the Docker Engine answer again and repeat 'vectis down'", done.stderr)
        self.assertLess(time.monotonic() - start, 30)

    def test_an_engine_that_refuses_connections_is_said(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            host = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
            self.assert_fails(
                self.up_with(DOCKER_HOST=host), rf"no Docker Engine answers at {host} \(Connection refused\)", r": is it running\? DOCKER_HOST chooses another")

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
        self.assert_fails(done, f"permission denied on {re.escape(path)}", r": run as root or add the user to the group that owns the socket \(docker\)")

    def test_a_port_in_use_is_said_with_its_number(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            taken = holder.getsockname()[1]
            self.site.edit(f"smtp: {self.site.ports['smtp']}", f"smtp: {taken}")
            done = self.site.run("up", self.site.site, "--timeout", "180s", check=False, timeout=300)
        cause, remedy = rf"port {taken} of the host is in use by process \S+ \(pid {os.getpid()}\)", r"; free it, or give the Platform another one in spec\.ports"
        self.assertRegex(done.stderr, rf"(?m)^Workload/postfix: Stalled \(PortInUse\): start container \S+: {cause}{remedy}")
        # On a slow machine it has been tried so often meanwhile that the last state is the engine's word and the pause.
        self.assert_fails(done, "Workload/postfix: ", f"({cause}{remedy}|127\\.0\\.0\\.1:{taken}: .*address already in use)")

    def test_an_unreachable_registry_is_said_with_the_image(self):
        self.site.set_platform("components: {valkey: {image: {reference: 'registry.invalid/nothing:1'}}}")
        done = self.site.run("up", self.site.site, "--timeout", "120s", check=False, timeout=300)
        valkey = self.site.status()["Workload/valkey"]
        cause, remedy = r"pull image 'registry\.invalid/nothing:1': .*(no such host|lookup registry\.invalid)", r"; check its name and the way to its registry, or bring it with docker load"
        self.assert_fails(done, rf"Workload/valkey: {cause}", remedy)
        self.assertEqual((valkey["phase"], valkey["reason"]), ("Stalled", "ImageUnavailable"))
        self.assertRegex(valkey["message"], f"{cause}.*{remedy}")


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


class FullDisk(OwnPlatform):
    """$VECTIS_HOME is a small file system of its own."""

    def setUp(self):
        super().setUp()
        self.site.home.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", self.site.home], capture_output=True, check=False).returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.site.home], check=True)
        self.addCleanup(self.site.close)
        self.filler = self.site.home / "filler"

    def fill(self):
        with open(self.filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def test_a_full_disk_is_said_before_anything_is_started(self):
        self.fill()
        done = self.site.up(check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(
            error_of(done),
            rf"^no space left for {re.escape(str(self.site.home))} \(\d+ KiB free\); make room there, or set VECTIS_HOME to a folder on another disk\n$")
        self.assertEqual(self.site.containers(), {})
        self.filler.unlink()
        self.site.up()

    def test_a_full_disk_keeps_no_service_down(self):
        self.site.up()
        name = self.site.container("valkey")
        self.fill()
        docker("stop", name)
        eventually(lambda: self.site.container("valkey") == name, 30, "valkey is not started again on a full disk")
        self.assertIn("No space left on device", (self.site.home / "controller.log").read_text(encoding="utf-8") + self.site.run("events").stdout)
        self.filler.unlink()
        self.site.wait_ready()
        self.site.set_platform("messageSizeLimitMiB: 24")
        self.site.up()


if __name__ == "__main__":
    unittest.main()
