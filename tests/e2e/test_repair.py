"""What is broken by hand is repaired without a command, and said."""

import contextlib
import unittest

from harness import RunningPlatform, docker, eventually, logs, unique

ALICE = "alice@example.test"
REPAIR_SECONDS = 30


class Repair(RunningPlatform):
    def serves_mail(self):
        subject = unique("after")
        eventually(lambda: self.site.deliver(ALICE, subject) is None, REPAIR_SECONDS, "port 25 does not take mail")
        self.site.wait_for_mail(ALICE, subject, seconds=REPAIR_SECONDS)

    def wait_for_event_about(self, component, words):
        def said():
            lines = [line for line in self.site.events().splitlines() if f"/{component}" in line]
            return any(word in line for line in lines for word in words)

        eventually(said, REPAIR_SECONDS, f"events do not mention {component} with any of {words}")

    def test_a_killed_container_is_started_again(self):
        name = self.site.container("postfix")
        docker("kill", name)
        eventually(lambda: docker("inspect", "-f", "{{.State.Running}}", self.site.container("postfix")) == "true", REPAIR_SECONDS, "postfix does not run")
        self.site.wait_ready()
        self.serves_mail()
        self.wait_for_event_about("postfix", ["start", "restart"])

    def test_a_stopped_container_is_started_again(self):
        docker("stop", self.site.container("valkey"))
        eventually(lambda: self.site.container("valkey"), REPAIR_SECONDS, "valkey does not run")
        self.site.wait_ready()
        self.wait_for_event_about("valkey", ["start", "restart"])

    def test_a_removed_container_is_made_again(self):
        before = self.site.container("dovecot")
        subject = unique("kept")
        self.site.deliver(ALICE, subject)
        self.site.wait_for_mail(ALICE, subject)
        docker("rm", "-f", before)
        eventually(lambda: self.site.container("dovecot"), REPAIR_SECONDS, "dovecot does not run")
        self.site.wait_ready()
        self.assertIn(subject, self.site.subjects(ALICE))
        self.wait_for_event_about("dovecot", ["create"])

    def test_a_base_image_that_is_gone_keeps_nothing_from_being_repaired(self):
        kept = f"{self.site.project}/base:kept"
        docker("tag", "debian:trixie-slim", kept)
        self.addCleanup(docker, "rmi", kept, check=False)
        self.addCleanup(docker, "tag", kept, "debian:trixie-slim")
        before = self.site.containers()
        docker("rmi", "debian:trixie-slim")
        name = self.site.container("postfix")
        docker("stop", name)
        eventually(lambda: self.site.container("postfix") == name, 30, "the stopped container is not started")
        self.site.wait_ready()
        self.assertEqual({n: v[0] for n, v in self.site.containers().items()}, {n: v[0] for n, v in before.items()})

    def test_mail_waits_while_dovecot_is_away_and_is_not_bounced(self):
        subject = unique("waits")
        name = self.site.container("dovecot")
        docker("pause", name)
        with contextlib.suppress(AssertionError, OSError):
            self.site.deliver(ALICE, subject)
        docker("rm", "-f", name)
        eventually(lambda: self.site.container("dovecot"), REPAIR_SECONDS, "dovecot does not run")
        self.serves_mail()
        postfix = self.site.container("postfix")
        self.assertNotIn("status=bounced", logs(postfix))

    def test_a_paused_container_is_resumed(self):
        name = self.site.container("rspamd")
        docker("pause", name)
        eventually(lambda: docker("inspect", "-f", "{{.State.Paused}}", self.site.container("rspamd")) == "false", REPAIR_SECONDS, "rspamd is still paused")
        self.site.wait_ready()
        self.serves_mail()

    def test_a_disconnected_container_is_connected_again_with_its_name(self):
        name = self.site.container("dovecot")
        network = f"{self.site.project}-mail"
        docker("network", "disconnect", network, name)

        def connected():
            form = '{{with index .NetworkSettings.Networks "%s"}}{{.Aliases}}{{end}}' % network
            return "dovecot" in docker("inspect", "-f", form, self.site.container("dovecot"))

        eventually(connected, REPAIR_SECONDS, "dovecot is not on the network under its name")
        self.site.wait_ready()
        self.serves_mail()

    def test_a_removed_network_is_made_again(self):
        network = f"{self.site.project}-mail"
        for component in ("postfix", "dovecot", "rspamd"):
            docker("network", "disconnect", "-f", network, self.site.container(component), check=False)
        docker("network", "rm", network, check=False)
        eventually(lambda: docker("network", "ls", "-q", "--filter", f"name=^{network}$"), REPAIR_SECONDS, "the network is not there")
        self.site.wait_ready()
        self.serves_mail()


class Foreign(RunningPlatform):
    def test_objects_of_others_are_never_touched_whatever_their_names(self):
        prefix = self.site.project
        names = {"container": f"{prefix}-postfix-99", "network": f"{prefix}-foreign", "volume": f"{prefix}-foreign"}
        docker("network", "create", names["network"])
        self.addCleanup(docker, "network", "rm", names["network"], check=False)
        docker("volume", "create", names["volume"])
        self.addCleanup(docker, "volume", "rm", names["volume"], check=False)
        docker("run", "-d", "--name", names["container"], "--network", names["network"], "-v", f"{names['volume']}:/v", "debian:trixie-slim", "sleep", "600")
        self.addCleanup(docker, "rm", "-f", names["container"], check=False)
        before = docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}}", names["container"])
        self.site.set_platform("messageSizeLimitMiB: 24")
        self.site.up()
        self.site.run("down")
        self.assertEqual(docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}}", names["container"]), before)
        self.assertTrue(docker("network", "ls", "-q", "--filter", f"name=^{names['network']}$"))
        self.assertTrue(docker("volume", "ls", "-q", "--filter", f"name=^{names['volume']}$"))


if __name__ == "__main__":
    unittest.main()
