"""up, up again, down, up: what stays and what goes."""

import stat
import subprocess
import time
import unittest

from harness import BIN, OwnPlatform, docker, eventually, unique

ALICE = "alice@example.test"


class Lifecycle(OwnPlatform):
    def test_up_twice_then_down_and_up_keeps_mail_and_passwords(self):
        done = self.site.up()
        self.assertIn("credentials", done.stdout)
        self.assertIn(str(self.site.ports["smtp"]), done.stdout)
        self.assertTrue(all(o["phase"] == "Ready" for o in self.site.status().values()))

        before, start = self.site.containers(), time.monotonic()
        again = self.site.up()
        self.assertLess(time.monotonic() - start, 10)
        self.assertIn("nothing to do", again.stdout)
        self.assertEqual(self.site.containers(), before)

        subject, password, uids = unique("kept"), self.site.password(ALICE), self.site.uids()
        self.site.deliver(ALICE, subject)
        self.site.wait_for_mail(ALICE, subject)

        self.site.run("down")
        left = self.site.left()
        self.assertEqual(left["containers"], [])
        self.assertEqual(left["networks"], [])
        data = {"postgres-data", "valkey-data", "rspamd-data", "mail-data", "postfix-queue", "postfix-lib"}
        self.assertEqual({v.removeprefix(self.site.project + "-") for v in left["volumes"]}, data)

        self.site.up()
        self.assertEqual(self.site.password(ALICE), password)
        self.assertIn(subject, self.site.subjects(ALICE))
        self.assertTrue(uids, "no object has a uid")

        self.site.run("down", "--volumes", "--images")
        self.assertEqual(self.site.left(), {"containers": [], "networks": [], "volumes": []})
        self.assertFalse((self.site.home / "secrets.yaml").exists())
        self.assertFalse((self.site.home / "state").exists())

    def test_two_ups_at_once_end_well(self):
        command = [BIN, "up", self.site.site]
        both = [subprocess.Popen(command, env=self.site.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
        texts = [one.communicate(timeout=600)[0] for one in both]
        codes = [one.returncode for one in both]
        self.assertIn(0, codes, "\n".join(texts))
        if codes != [0, 0]:
            # The one that lost has to say who holds the lock.
            self.assertRegex(texts[codes.index(max(codes))], r"pid \d+|holds")
        self.assertTrue(all(o["phase"] == "Ready" for o in self.site.status().values()))

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

    def test_up_of_another_build_replaces_the_controller_and_no_container(self):
        self.site.up()
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
        self.site.up()
        before, pid = self.site.containers(), self.site.controller_pid()
        (self.site.home / "controller.lock").unlink()
        eventually(lambda: self.site.controller_pid() != pid, 30, "the controller goes on without its lock")
        self.site.wait_ready()
        self.assertEqual(self.site.containers(), before)

    def test_a_second_controller_says_who_holds_the_installation(self):
        self.site.up()
        done = self.site.run("controller", check=False, timeout=30)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, r"pid|held|holds")

    def test_what_left_the_declaration_while_the_controller_was_down_is_handled_when_it_is_back(self):
        extra = self.site.site / "extra.yaml"
        extra.write_text("apiVersion: platform.vectis.dev/v1\nkind: Network\nmetadata:\n  name: extra\nspec: {}\n", encoding="utf-8")
        self.site.up()
        self.assertTrue(docker("network", "ls", "-q", "--filter", f"name=^{self.site.project}-extra$"))
        self.site.kill_processes()
        extra.unlink()
        declared = self.site.site / "mail.yaml"
        documents = declared.read_text(encoding="utf-8").split("---\n")
        declared.write_text("---\n".join(d for d in documents if "name: bob" not in d), encoding="utf-8")
        done = self.site.up()
        self.assertEqual(docker("network", "ls", "-q", "--filter", f"name=^{self.site.project}-extra$"), "")
        names = [m["metadata"]["name"] for m in self.site.json("get", "mailboxes", "-n", "example.test")["items"]]
        self.assertIn("bob", names, "a mailbox that left the declaration must stay")
        said = done.stdout + done.stderr + self.site.run("status").stdout + self.site.events()
        self.assertRegex(said, r"bob")

    def test_state_is_for_its_owner_only(self):
        self.site.up()
        for name in ("secrets.yaml", "vectis.sock"):
            mode = stat.S_IMODE((self.site.home / name).stat().st_mode)
            self.assertEqual(mode, 0o600, f"{name} has mode {mode:o}")


if __name__ == "__main__":
    unittest.main()
