"""The controller is killed at random moments; its supervisor starts it again and it ends where it would have ended."""

import os
import random
import signal
import subprocess
import time
import unittest

from harness import BIN, KINDS, OwnPlatform, docker, eventually, object_key, unique

ALICE = "alice@example.test"
KILLS = int(os.environ.get("VECTIS_E2E_KILLS", "20"))
# Of each change that is begun, the first kill hits the command that declares it, the last one takes the supervisor along: one
# that is new waits for nothing, while an old one waits longer after each quick death.
KILLS_OF_A_ROUND = 5
ACCEPT_SECONDS = 30
CONVERGE_SECONDS = 60


class Kill(OwnPlatform):
    """Two things are told apart. Until a change is accepted it is its user's, who repeats `up` when that ends with the controller
    that it talked to (`declare_under_fire`). From then on nobody calls the program: whatever is left to do is done by what the
    supervisor starts, and the time that it takes is limited (`converge`)."""

    def setUp(self):
        super().setUp()
        self.command, self.commands, self.repeats = None, 0, 0
        self.dead, self.killed_at = None, 0.0
        self.uids = {}
        self.addCleanup(self.end_command)

    # -- what a user does

    def declare(self):
        self.commands += 1
        self.said = self.site.folder / f"up-{self.commands}.out"
        with open(self.said, "wb") as out:
            self.command = subprocess.Popen([BIN, "up", self.site.site], env=self.site.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def end_command(self):
        if self.command:
            self.command.kill()
            self.command.wait()
            self.command = None

    def is_accepted_or_repeated(self):
        if self.is_accepted():
            return True
        if self.command.poll() is not None:
            said = self.said.read_text(encoding="utf-8")
            self.assertEqual(self.command.returncode, 1, said)
            self.assertRegex(said, r"(?m)^error: \S")
            self.repeats += 1
            self.declare()
        return False

    def declare_under_fire(self, source):
        """Declares the change, with one kill while it is declared; when this ends it is accepted, and nobody is there any more."""
        self.declare()
        pid = eventually(self.controller, 20, "no controller is started", interval=0.01)
        time.sleep(source.uniform(0, 0.2))
        self.kill(pid)
        eventually(self.is_accepted_or_repeated, ACCEPT_SECONDS, "the declaration is not accepted")
        self.end_command()

    # -- what is seen

    def ask(self, *arguments):
        """An answer of the controller; None while there is none that answers."""
        try:
            return self.site.json(*arguments)
        except (AssertionError, ValueError):
            return None

    def is_accepted(self):
        status, platform = self.ask("status"), self.ask("get", "platform", "default")
        return bool(status and platform and status["sources"] and self.is_declared(platform["spec"]))

    def is_ready(self):
        status = self.ask("status")
        return bool(status and self.is_accepted() and all(o["phase"] == "Ready" for o in status["objects"]))

    def controller(self):
        """The controller that runs now, answering or not; None for one that was killed."""
        pids = self.site.processes()
        return pids[1] if len(pids) == 2 and pids[1] != self.dead else None

    def note_uids(self):
        """No object that was seen before has another uid."""
        for kind in KINDS:
            for item in (self.ask("get", kind) or {"items": []})["items"]:
                key, uid = object_key(item), item["metadata"]["uid"]
                self.assertEqual(self.uids.setdefault(key, uid), uid, f"{key} has another uid")

    # -- killing

    def kill(self, pid, with_supervisor=False):
        for one in self.site.processes() if with_supervisor else [pid]:
            os.kill(one, signal.SIGKILL)
        self.dead, self.killed_at = pid, time.monotonic()
        if with_supervisor:
            self.site.kill_processes()
            self.site.start_supervisor()

    def kill_at_work(self, source, with_supervisor):
        """False if everything was Ready before."""
        pid = eventually(self.controller, 20, "the controller is not started again")
        time.sleep(source.uniform(0, 1.2))
        if source.random() < 0.5:
            self.note_uids()
        if self.is_ready():
            return False
        self.kill(pid, with_supervisor)
        return True

    def converge(self):
        """How long it took since the last kill until everything is Ready."""
        eventually(self.is_ready, CONVERGE_SECONDS, lambda: "not everything is Ready:\n" + self.site.run("status", check=False).stdout)
        seconds = time.monotonic() - self.killed_at
        self.assertLess(seconds, CONVERGE_SECONDS)
        self.note_uids()
        self.assertEqual(self.site.uids(), self.uids)
        self.assert_one_of_each()
        return seconds

    def kill_while(self, source, name, begin):
        """Begins the change again and again until the controller was killed KILLS times."""
        kills, rounds = 0, []
        self.repeats = 0
        while kills < KILLS:
            begin()
            self.declare_under_fire(source)
            kills, survived = kills + 1, 1
            while survived < KILLS_OF_A_ROUND and self.kill_at_work(source, with_supervisor=survived == KILLS_OF_A_ROUND - 1):
                kills, survived = kills + 1, survived + 1
            rounds.append(self.converge())
            print(f"{name}: Ready {rounds[-1]:.1f} s after the last of {survived} kills", flush=True)
        print(f"{name}: {kills} kills, 'up' repeated {self.repeats} times, at most {max(rounds):.1f} s until all was Ready", flush=True)

    def assert_one_of_each(self):
        names = [n.removeprefix(self.site.project + "-").rsplit("-", 1)[0] for n in self.site.containers()]
        self.assertEqual(sorted(names), ["dovecot", "postfix", "postgres", "rspamd", "valkey"])
        self.assertEqual(len(self.site.left()["containers"]), 5, "something of a killed controller is left over")

    # -- the two changes

    def begin_deployment(self):
        """On nothing."""
        self.site.run("down", "--volumes")
        self.site.kill_processes()
        self.uids.clear()
        self.is_declared = lambda spec: True

    def begin_image_change(self):
        """To the image that it does not have."""
        if self.image:
            self.images.reverse()
            self.site.edit(self.images[1], self.images[0])
        else:
            self.image = True
            self.site.set_platform(f"components: {{postfix: {{image: {{reference: '{self.images[0]}'}}}}, dovecot: {{memoryMiB: 300}}}}")
        self.is_declared = lambda spec: spec.get("components", {}).get("postfix", {}).get("image", {}).get("reference") == self.images[0]

    def make_images(self):
        """Two that differ from what runs and from each other."""
        self.image, self.images = False, [f"{self.site.project}/postfix:{name}" for name in ("again", "once-more")]
        base = docker("inspect", "-f", "{{.Config.Image}}", self.site.container("postfix"))
        for image in self.images:
            docker("build", "-t", image, "-", text_input=f"FROM {base}\nLABEL e2e={image}\n")
            # Whatever runs it is gone by then.
            self.addCleanup(docker, "rmi", image, check=False)
        self.addCleanup(self.site.close)

    def test_the_first_deployment_and_an_image_change_survive_every_kill(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}", flush=True)
        source = random.Random(seed)
        # Images first, so that the kills hit the deployment and not minutes of building.
        self.site.up()
        self.make_images()

        self.kill_while(source, "deployment", self.begin_deployment)
        subject = unique("kept")
        self.site.deliver(ALICE, subject)
        self.site.wait_for_mail(ALICE, subject, seconds=15)

        self.kill_while(source, "image change", self.begin_image_change)
        self.assertEqual(docker("inspect", "-f", "{{.Config.Image}}", self.site.container("postfix")), self.images[0])
        self.assertIn(subject, self.site.subjects(ALICE))


if __name__ == "__main__":
    unittest.main()
