"""up, up again, down, up: what stays and what goes."""

import os
import re
import signal
import stat
import subprocess
import time
import unittest

from harness import BIN, ROOT, UP_SECONDS, OwnPlatform, ReadOnlyPlatform, RunningPlatform, docker, eventually, unique

ALICE = "alice@example.test"
# The exit code of a process that another one keeps from its work.
LEASE_IS_HELD = 3


class Lifecycle(OwnPlatform):
    def make(self, *arguments):
        """As a user of the repository calls it: it looks whether the build is up to date, and goes on. Only a program that is
        elsewhere must not be replaced by that build."""
        elsewhere = [] if BIN == ROOT / "build" / "vectis" else ["-o", "build", f"VECTIS={BIN}"]
        command = ["make", "-C", ROOT, *elsewhere, f"PLATFORM={self.site.site}", *arguments]
        environment = {name: value for name, value in self.site.env.items() if not name.startswith("MAKE")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=UP_SECONDS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def hold_the_images(self):
        """Every installation on the engine has the same: nobody else may lose them here."""
        for image in docker("images", "--filter", "label=vectis.dev/built=true", "--format", "{{.Repository}}:{{.Tag}}").split():
            if "<none>" not in image:
                holder = docker("create", "--name", unique(f"holder-of-{self.site.project}"), image)
                self.addCleanup(docker, "rm", "-f", holder, check=False)

    def volumes_of_data(self):
        return {f"{self.site.project}-{name}" for name in ("postgres-data", "valkey-data", "rspamd-data", "mail-data", "postfix-queue", "postfix-lib")}

    def has(self, image):
        return bool(docker("images", "-q", image))

    def assert_tells_where_it_runs(self, text):
        self.assertIn("Platform/default: Ready  mail.example.test\n", text)
        for service, port in self.site.ports.items():
            self.assertIn(f"{service} {port}", text)
        self.assertIn("vectis credentials shows how to log in", text)

    def assert_credentials_are_whole(self):
        """Of each account and service, what a mail program asks for."""
        tls = {"imaps": "implicit", "pop3s": "implicit", "submission": "starttls", "smtps": "implicit"}
        found = self.site.json("credentials")
        passwords = {one["user"]: one["password"] for one in found}
        self.assertEqual(set(passwords), {ALICE, "bob@example.test"})
        self.assertTrue(all(len(password) >= 16 for password in passwords.values()))
        expected = [
            {"service": service, "host": "127.0.0.1", "port": self.site.ports[service], "tls": tls[service], "user": user, "password": password}
            for user, password in passwords.items() for service in tls]
        self.assertCountEqual(found, expected)

    def test_up_twice_then_down_and_up_keeps_mail_and_passwords(self):
        done = self.make("up")
        self.assert_tells_where_it_runs(done.stdout)
        self.assertTrue(all(o["phase"] == "Ready" for o in self.site.status().values()))
        self.assert_credentials_are_whole()
        images = {docker("inspect", "-f", "{{.Config.Image}}", name) for name in self.site.containers()}
        self.assertEqual(len(images), 5)

        before, start = self.site.containers(), time.monotonic()
        again = self.make("up")
        self.assertLess(time.monotonic() - start, 10)
        self.assertIn("nothing to do", again.stdout)
        self.assertEqual(self.site.containers(), before)

        subject, password, uids = unique("kept"), self.site.password(ALICE), self.site.uids()
        self.site.deliver(ALICE, subject)
        self.site.wait_for_mail(ALICE, subject)

        self.make("down")
        left = self.site.left()
        self.assertEqual((left["containers"], left["networks"]), ([], []))
        self.assertEqual(set(left["volumes"]), self.volumes_of_data())
        self.assertTrue(all(self.has(image) for image in images))
        self.assertTrue((self.site.home / "secrets.yaml").exists())
        self.assertEqual(self.site.processes(), [])

        self.assert_tells_where_it_runs(self.site.up().stdout)
        self.assertEqual(self.site.password(ALICE), password)
        self.assertIn(subject, self.site.subjects(ALICE))
        kept = ("Domain/", "Mailbox/", "Alias/")
        mail = lambda found: {key: uid for key, uid in found.items() if key.startswith(kept)}
        self.assertIn("Mailbox/example.test/alice", uids)
        self.assertEqual(mail(self.site.uids()), mail(uids), "mail objects are in the volume that stays")

        self.make("down", "VOLUMES=1")
        self.assertEqual(self.site.left(), {"containers": [], "networks": [], "volumes": []})
        self.assertTrue(all(self.has(image) for image in images))
        for name in ("secrets.yaml", "state", "controller.log", "vectis.sock"):
            self.assertFalse((self.site.home / name).exists(), name)

    def test_down_with_images_removes_those_that_were_built_and_that_nobody_has(self):
        self.site.up()
        used = docker("inspect", "-f", "{{.Config.Image}}", self.site.container("valkey"))
        self.hold_the_images()
        private = f"{self.site.project}/built:e2e"
        docker("build", "--label", "vectis.dev/built=true", "-t", private, "-", text_input=f"FROM {used}\nLABEL e2e={private}\n")
        self.addCleanup(docker, "rmi", "-f", private, check=False)
        foreign = f"{self.site.project}/foreign:e2e"
        docker("tag", "debian:trixie-slim", foreign)
        self.addCleanup(docker, "rmi", foreign, check=False)
        self.site.set_platform(f"components: {{valkey: {{image: {{reference: '{private}'}}}}}}")
        self.site.up()
        self.site.run("down", "--images")
        self.assertFalse(self.has(private))
        self.assertTrue(self.has(used), "an image that another container has is gone")
        self.assertTrue(self.has(foreign) and self.has("debian:trixie-slim"), "an image that was not built is gone")
        left = self.site.left()
        self.assertEqual((left["containers"], left["networks"]), ([], []))
        self.assertEqual(set(left["volumes"]), self.volumes_of_data(), "mail stays unless it is asked for")
        self.assertTrue((self.site.home / "secrets.yaml").exists())

    def test_the_second_of_two_ups_waits_and_says_for_whom(self):
        def start(command):
            return subprocess.Popen([BIN, *command], env=self.site.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        both = [start(["up", self.site.site]) for _ in range(2)]
        eventually(lambda: self.site.processes(), 20, "no controller is started", interval=0.02)
        # `down` does not wait for it.
        down = self.site.run("down", check=False)
        said = [one.communicate(timeout=UP_SECONDS) for one in both]
        self.assertEqual([one.returncode for one in both], [0, 0], said)
        waited = [f"another 'vectis up' or 'down' (pid {both[1 - i].pid}) is at work here; waiting for it\n" in said[i][1] for i in range(2)]
        self.assertEqual(sorted(waited), [False, True], said)
        first = both[waited.index(False)]
        self.assertEqual(down.returncode, 1, down.stdout + down.stderr)
        self.assertIn(f"'vectis up' (pid {first.pid}) is at work here; stop it first", down.stderr)
        self.assertTrue(all(o["phase"] == "Ready" for o in self.site.status().values()))
        self.assertEqual(len(self.site.containers()), 5)

    def test_what_cannot_be_removed_is_named_and_keeps_the_secrets(self):
        self.site.up()
        volume, stranger = f"{self.site.project}-mail-data", f"backup-of-{self.site.project}"
        docker("create", "--name", stranger, "-v", f"{volume}:/mail", "debian:trixie-slim", "true")
        self.addCleanup(docker, "rm", "-f", stranger, check=False)
        done = self.site.run("down", "--volumes", check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn(volume, done.stderr)
        self.assertTrue((self.site.home / "secrets.yaml").exists())
        self.assertEqual(self.site.left()["volumes"], [volume])
        docker("rm", stranger)
        self.site.run("down", "--volumes")
        self.assertEqual(self.site.left(), {"containers": [], "networks": [], "volumes": []})
        self.assertFalse((self.site.home / "secrets.yaml").exists())

    def test_what_left_the_declaration_while_the_controller_was_down_is_handled_when_it_is_back(self):
        extra = self.site.site / "extra.yaml"
        extra.write_text("apiVersion: platform.vectis.dev/v1\nkind: Network\nmetadata:\n  name: extra\nspec: {}\n", encoding="utf-8")
        self.site.up()
        self.assertTrue(docker("network", "ls", "-q", "--filter", f"name=^{self.site.project}-extra$"))
        before = self.site.containers()
        self.site.kill_processes()
        extra.unlink()
        declared = self.site.site / "mail.yaml"
        documents = declared.read_text(encoding="utf-8").split("---\n")
        declared.write_text("---\n".join(d for d in documents if "name: bob" not in d), encoding="utf-8")
        # Nobody calls `up`: what runs by itself after a restart of the machine is enough.
        self.site.start_supervisor()
        eventually(lambda: docker("network", "ls", "-q", "--filter", f"name=^{self.site.project}-extra$") == "", 30, "the network that left is still there")
        eventually(lambda: "Network/extra" not in self.site.status(), 10, "the object of the network that left is still there")
        left = f"Mailbox/example.test/bob is no longer declared in {self.site.site} and stays until it is deleted"
        eventually(lambda: any(w.startswith(left) for w in self.site.json("status")["warnings"]), 60, lambda: f"not said of bob: {self.site.json('status')['warnings']}")
        self.assertIn(left, self.site.run("status").stdout)
        names = [m["metadata"]["name"] for m in self.site.json("get", "mailboxes", "-n", "example.test")["items"]]
        self.assertIn("bob", names, "a mailbox that left the declaration must stay")
        self.site.wait_ready()
        self.assertEqual(self.site.containers(), before)


def assert_progress_is_seen(test, seen):
    """Whoever looks sees within a moment that it works, and never wonders for long whether it still does."""
    # While the engine makes an image it says nothing between two steps.
    limit = 180 if re.search("building |pulling ", seen.text) else 5
    test.assertLess(seen.longest_silence(), max(limit, seen.seconds / 3), seen.text)
    test.assertLess(seen.moments()[0], seen.seconds / 3, seen.text)
    test.assertGreater(len(seen.moments()), 5, seen.text)


class FirstDeployment(ReadOnlyPlatform):
    def test_on_a_pipe_progress_is_lines_that_keep_coming(self):
        seen = self.site.first_up
        assert_progress_is_seen(self, seen)
        self.assertNotRegex(seen.text, "[\x1b\r]")
        lines = seen.text.splitlines()
        for key in ("Network/mail", "Volume/mail-data", "Workload/postgres", "Workload/postfix", "Platform/default", "Mailbox/example.test/alice"):
            shown = [line.split(": ")[1] for line in lines if line.startswith(f"{key}: ")]
            self.assertTrue(shown and shown[-1].startswith("Ready"), f"{key}: {shown}")
            # The others may be Ready before anybody looks.
            if key.startswith(("Workload/", "Platform/")):
                self.assertTrue(shown[0].startswith("Reconciling"), f"{key}: {shown}")


class Controller(RunningPlatform):
    """One controller for each installation, and its state is its own."""

    first_up_on_a_terminal = True

    def test_the_first_deployment_is_live_on_a_terminal(self):
        assert_progress_is_seen(self, self.first_up)
        text = self.first_up.text
        counts = [tuple(map(int, pair)) for pair in re.findall(r"(\d+) of (\d+) objects are Ready", text)]
        self.assertGreater(len(set(counts)), 3, text)
        self.assertLess(counts[0][0], counts[-1][0])
        self.assertEqual(*counts[-1])
        # What was drawn is drawn over, and no line of it is left below.
        self.assertGreater(text.count("\x1b[1A\x1b[2K"), len(counts))
        self.assertRegex(text, r"\.\.\.  Workload/postgres  \S")
        self.assertIn("ok   Workload/postgres", text)
        self.assertIn("vectis credentials shows how to log in", text)

    def test_up_of_another_build_replaces_the_controller_and_no_container(self):
        before, pid = self.site.containers(), self.site.controller_pid()
        other = self.site.folder / "vectis"
        other.write_bytes(BIN.read_bytes() + b"\n")
        other.chmod(0o755)
        done = subprocess.run([other, "up", self.site.site], env=self.site.env, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("another build", done.stderr)
        self.assertNotEqual(self.site.controller_pid(), pid)
        self.assertEqual(self.site.containers(), before)

    def test_a_controller_whose_lock_was_removed_gives_way_to_a_new_one(self):
        before, pid = self.site.containers(), self.site.controller_pid()
        (self.site.home / "controller.lock").unlink()
        eventually(lambda: self.site.controller_pid() != pid, 30, "the controller goes on without its lock")
        self.site.wait_ready()
        self.assertEqual(self.site.containers(), before)

    def test_a_second_controller_says_who_holds_the_installation(self):
        supervisor, controller = self.site.processes()
        self.assertEqual(self.site.controller_pid(), controller)
        for command, holder in (("controller", f"{self.site.home}: pid {controller} since "), ("supervise", f"another supervisor runs  pid={supervisor}")):
            with self.subTest(command):
                done = self.site.run(command, check=False, timeout=30)
                self.assertEqual(done.returncode, LEASE_IS_HELD)
                self.assertIn(holder, done.stdout + done.stderr)
        self.assertEqual(self.site.processes(), [supervisor, controller])

    def test_a_controller_that_is_killed_is_back_within_seconds(self):
        before, pid = self.site.containers(), self.site.controller_pid()
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: self.site.controller_pid() != pid, 10, "no new controller answers")
        self.site.wait_ready(30)
        self.assertEqual(self.site.containers(), before)

    def test_state_is_for_its_owner_only(self):
        for name in ("secrets.yaml", "vectis.sock"):
            mode = stat.S_IMODE((self.site.home / name).stat().st_mode)
            self.assertEqual(mode, 0o600, f"{name} has mode {mode:o}")


if __name__ == "__main__":
    unittest.main()
