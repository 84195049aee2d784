"""The controller is killed at random moments; its supervisor starts it again and it ends where it would have ended."""

import contextlib
import os
import random
import signal
import subprocess
import time
import unittest

from harness import BIN, OwnPlatform, eventually, unique

ALICE = "alice@example.test"
KILLS = int(os.environ.get("VECTIS_E2E_KILLS", "20"))
CONVERGE_SECONDS = 120


class Kill(OwnPlatform):
    def kill_while(self, command, random_source, kills):
        """Runs a command and kills the controller that often while it works; returns how often it was hit."""
        running = subprocess.Popen([BIN, *map(str, command)], env=self.site.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        hits = 0
        for _ in range(kills):
            time.sleep(random_source.uniform(0.05, 1.2))
            with contextlib.suppress(AssertionError, ProcessLookupError, ValueError, KeyError, subprocess.TimeoutExpired):
                os.kill(self.site.controller_pid(), signal.SIGKILL)
                hits += 1
        # The command itself may end with the controller that it talked to; what counts is where the platform ends.
        running.communicate(timeout=600)
        return hits

    def settle(self):
        self.site.up(check=False)
        self.site.wait_ready(CONVERGE_SECONDS)

    def assert_one_of_each(self):
        names = [n.removeprefix(self.site.project + "-").rsplit("-", 1)[0] for n in self.site.containers()]
        self.assertEqual(sorted(names), ["dovecot", "postfix", "postgres", "rspamd", "valkey"])
        self.assertEqual(len(self.site.left()["containers"]), 5, "something of a killed controller is left over")

    def test_the_first_deployment_and_an_image_change_survive_every_kill(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}", flush=True)
        source = random.Random(seed)
        # Images first, so that the kills hit the deployment and not minutes of building.
        self.site.up()
        self.site.run("down", "--volumes")

        hits = self.kill_while(["up", self.site.site], source, KILLS)
        self.assertGreater(hits, 0, "no controller was there to kill")
        self.settle()
        self.assert_one_of_each()
        uids = self.site.uids()
        subject = unique("kept")
        self.site.deliver(ALICE, subject)
        self.site.wait_for_mail(ALICE, subject, seconds=15)

        self.site.set_platform("components: {postfix: {image: {build: postfix, revision: 'again'}}, dovecot: {memoryMiB: 300}}")
        hits = self.kill_while(["up", self.site.site], source, KILLS)
        self.assertGreater(hits, 0, "no controller was there to kill")
        self.settle()
        self.assert_one_of_each()
        self.assertEqual(self.site.uids(), uids, f"uids changed (seed {seed})")
        self.assertIn(subject, self.site.subjects(ALICE))

    def test_a_controller_that_is_killed_is_back_within_seconds(self):
        self.site.up()
        before, pid = self.site.containers(), self.site.controller_pid()
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: self.site.controller_pid() != pid, 10, "no new controller answers")
        self.site.wait_ready(30)
        self.assertEqual(self.site.containers(), before)


if __name__ == "__main__":
    unittest.main()
