"""What is broken by hand is repaired without a command, and said."""

import collections
import re
import smtplib
import threading
import time
import unittest

from harness import OwnPlatform, RunningPlatform, docker, eventually, logs, unique

ALICE = "alice@example.test"
VMAIL = "5000"
REPAIR_SECONDS = 30
# Postfix tries again after 5 s at first, and every minute at the latest.
QUEUE_SECONDS = 90


class Sender(threading.Thread):
    """Sends one message after another until it is told to stop. Whoever is told 4xx, or cannot connect, comes again."""

    def __init__(self, site):
        super().__init__()
        self.site = site
        self.accepted = []
        self.refused = []
        self.is_ending = threading.Event()

    def run(self):
        while not self.is_ending.wait(0.1):
            subject = unique("stream")
            try:
                self.site.deliver(ALICE, subject)
                self.accepted.append(subject)
            except (OSError, smtplib.SMTPException) as error:
                if 500 <= getattr(error, "smtp_code", 0) < 600 or isinstance(error, smtplib.SMTPRecipientsRefused):
                    self.refused.append(f"{subject}: {error}")

    def wait_for_more(self, count):
        wanted = len(self.accepted) + count
        eventually(lambda: len(self.accepted) >= wanted, REPAIR_SECONDS, f"not {count} more messages are taken")

    def __enter__(self):
        self.start()
        self.wait_for_more(3)
        return self

    def __exit__(self, *_):
        self.is_ending.set()
        self.join()


class Repair(RunningPlatform):
    def setUp(self):
        super().setUp()
        self.site.wait_ready()
        self.mark = self.site.event_mark()

    def started_at(self, name):
        return docker("inspect", "-f", "{{.State.StartedAt}}", name)

    def restarts(self, component):
        return self.site.status()[f"Workload/{component}"]["restarts"]

    def serves_mail(self):
        subject = unique("after")
        eventually(lambda: self.site.deliver(ALICE, subject) is None, REPAIR_SECONDS, "port 25 does not take mail")
        self.site.wait_for_mail(ALICE, subject, seconds=REPAIR_SECONDS)

    def wait_for_event(self, key, action, cause):
        """That this was done to the object since the test began, and why; both are expressions for the whole of it."""
        def said():
            return any(re.fullmatch(rf"{key}: (?:{action}): (?:{cause})", text) for text in self.site.events_since(self.mark))

        eventually(said, REPAIR_SECONDS, lambda: f"'{action}: {cause}' is not said of {key}, but: {self.site.events_since(self.mark)}")

    def assert_restart_is_shown(self, component, before):
        """In the JSON that programs read and in the table that people read."""
        self.assertEqual(self.restarts(component), before + 1)
        table = self.site.run("status").stdout.splitlines()
        place = next(line for line in table if line.startswith("WORKLOAD")).index("RESTARTS")
        row = next(line for line in table if line.split()[:1] == [component])
        self.assertEqual(row[place:].split()[0], str(before + 1))

    def assert_started_again(self, component, break_it, cause):
        name, restarts = self.site.container(component), self.restarts(component)
        before = docker("inspect", "-f", "{{.Id}}", name), self.started_at(name)
        break_it(name)
        eventually(lambda: self.started_at(self.site.container(component)) != before[1], REPAIR_SECONDS, f"{component} is not started again")
        self.assertEqual(docker("inspect", "-f", "{{.Id}}", self.site.container(component)), before[0])
        self.wait_for_event(f"Workload/{component}", f"start container {name}", cause)
        self.site.wait_ready()
        self.assert_restart_is_shown(component, restarts)
        self.serves_mail()

    def test_a_killed_container_is_started_again(self):
        self.assert_started_again("postfix", lambda name: docker("kill", name), "it stopped with exit code 137")

    def test_a_stopped_container_is_started_again(self):
        self.assert_started_again("valkey", lambda name: docker("stop", name), "it stopped with exit code 0")

    def test_a_removed_container_is_made_again(self):
        before = self.site.container("dovecot")
        gone = docker("inspect", "-f", "{{.Id}}", before)
        subject = unique("kept")
        self.site.deliver(ALICE, subject)
        self.site.wait_for_mail(ALICE, subject)
        docker("rm", "-f", before)
        eventually(lambda: docker("inspect", "-f", "{{.Id}}", self.site.container("dovecot")) != gone, REPAIR_SECONDS, "dovecot does not run")
        # The cause depends on whether the engine still was at removing it when somebody looked.
        made = self.site.container("dovecot")
        self.wait_for_event("Workload/dovecot", f"create container {made}", f"{before} is dead|there is no container")
        self.wait_for_event("Workload/dovecot", f"start container {made}", f"{before} is dead|there is no container")
        self.site.wait_ready()
        self.assertIn(subject, self.site.subjects(ALICE))

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

    def test_a_paused_container_is_resumed(self):
        name = self.site.container("rspamd")
        docker("pause", name)
        eventually(lambda: docker("inspect", "-f", "{{.State.Paused}}", name) == "false", REPAIR_SECONDS, "rspamd is still paused")
        self.wait_for_event("Workload/rspamd", f"unpause container {name}", "it is paused")
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
        self.wait_for_event("Workload/dovecot", f"connect container {name} to network mail", "it is not on network mail")
        self.site.wait_ready()
        self.serves_mail()

    def test_a_removed_network_is_made_again(self):
        network = f"{self.site.project}-mail"
        gone = docker("network", "inspect", "-f", "{{.Id}}", network)
        # The repair is so quick that what was disconnected is back before the network can be removed.
        go_on = self.stop_the_controller()
        for name in docker("network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{end}}", gone).split():
            docker("network", "disconnect", "-f", gone, name)
        docker("network", "rm", gone)
        go_on()
        made = eventually(
            lambda: docker("network", "ls", "-q", "--no-trunc", "--filter", f"name=^{network}$"), REPAIR_SECONDS, "the network is not there")
        self.assertNotEqual(made, gone)
        self.wait_for_event("Network/mail", f"create network {network}", "it is not there")
        for component in ("postfix", "dovecot", "rspamd"):
            self.wait_for_event(f"Workload/{component}", f"connect container {self.site.container(component)} to network mail", "it is not on network mail")
        self.site.wait_ready()
        self.serves_mail()

    # -- mail outlives whatever happens to the container that holds it

    def assert_not_bounced(self):
        self.assertNotIn("status=bounced", logs(self.site.container("postfix")))

    def assert_all_arrive(self, sender, once):
        self.assertEqual(sender.refused, [])
        counts = collections.Counter()

        def missing():
            counts.clear()
            counts.update(self.site.subjects(ALICE))
            return [s for s in sender.accepted if counts[s] == 0]

        eventually(lambda: not missing(), QUEUE_SECONDS, lambda: f"of {len(sender.accepted)} accepted messages {missing()} are not there")
        if once:
            self.assertEqual([s for s in sender.accepted if counts[s] > 1], [])
        self.assert_not_bounced()

    def test_mail_waits_while_dovecot_is_away_and_is_not_bounced(self):
        go_on = self.stop_the_controller()
        docker("stop", self.site.container("dovecot"))
        subject = unique("waits")
        queued = self.site.queue(ALICE, subject)
        postfix = self.site.container("postfix")

        def is_deferred():
            lines = [line for line in logs(postfix).splitlines() if f"{queued}: to=<{ALICE}>" in line]
            return any("dsn=4.4.4" in line and "status=deferred" in line for line in lines)

        eventually(is_deferred, REPAIR_SECONDS, lambda: f"{queued} is not deferred with 4.4.4")
        self.assert_not_bounced()
        go_on()
        eventually(lambda: self.site.container("dovecot"), REPAIR_SECONDS, "dovecot does not run")
        self.site.wait_for_mail(ALICE, subject, seconds=QUEUE_SECONDS)
        self.assertEqual(self.site.subjects(ALICE).count(subject), 1)
        self.assert_not_bounced()

    def test_mail_that_is_taken_while_dovecot_is_replaced_arrives_once(self):
        before = self.site.container("dovecot")
        with Sender(self.site) as sender:
            self.site.set_platform("components: {dovecot: {memoryMiB: 300}}")
            self.site.up()
            sender.wait_for_more(3)
        self.assertNotEqual(self.site.container("dovecot"), before)
        self.assert_all_arrive(sender, once=True)

    def test_mail_that_is_taken_while_dovecot_is_killed_arrives(self):
        gone = docker("inspect", "-f", "{{.Id}}", self.site.container("dovecot"))
        with Sender(self.site) as sender:
            docker("rm", "-f", gone)
            eventually(lambda: docker("inspect", "-f", "{{.Id}}", self.site.container("dovecot")) != gone, REPAIR_SECONDS, "dovecot does not run")
            sender.wait_for_more(3)
        self.site.wait_ready()
        # Killed between the last byte and the answer it gets the message again: twice is better than never.
        self.assert_all_arrive(sender, once=False)

    def test_a_lock_that_a_killed_dovecot_left_keeps_nobody_out(self):
        subject = unique("locked")
        self.site.deliver(ALICE, subject)
        self.site.wait_for_mail(ALICE, subject, seconds=REPAIR_SECONDS)
        name = self.site.container("dovecot")
        plant = "cd /var/vectis/mail/example.test/alice/*/Maildir && printf %s 1:elsewhere > dovecot-uidlist.lock && ls $PWD/dovecot-uidlist.lock"
        lock = docker("exec", "-u", VMAIL, name, "sh", "-c", plant)
        before = self.started_at(name)
        docker("kill", name)
        eventually(lambda: self.started_at(self.site.container("dovecot")) != before, REPAIR_SECONDS, "dovecot is not started again")
        self.site.wait_ready()
        start = time.monotonic()
        self.assertIn(subject, self.site.subjects(ALICE))
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(docker("exec", "-u", VMAIL, name, "find", lock.rpartition("/")[0], "-name", "*.lock"), "")
        # The list of the mailbox is written too.
        after = unique("after")
        self.site.deliver(ALICE, after)
        self.site.wait_for_mail(ALICE, after, seconds=REPAIR_SECONDS)


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


class ForeignNames(OwnPlatform):
    def test_names_that_others_have_are_left_to_them_and_said(self):
        prefix = self.site.project
        container, network, volume = f"{prefix}-postfix-1", f"{prefix}-mail", f"{prefix}-mail-data"
        docker("network", "create", network)
        docker("volume", "create", volume)
        docker("run", "-d", "--name", container, "--network", network, "-v", f"{volume}:/v", "debian:trixie-slim", "sh", "-c", "echo theirs > /v/x; sleep 600")

        def seen():
            return (
                docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}} {{json .HostConfig.Binds}} {{json .NetworkSettings.Networks}}", container),
                docker("network", "inspect", network), docker("volume", "inspect", volume), docker("exec", container, "sh", "-c", "ls /v; cat /v/x"))

        eventually(lambda: docker("exec", container, "cat", "/v/x") == "theirs", REPAIR_SECONDS, "the other's container does not run")
        before = seen()
        done = self.site.up(check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        status = self.site.status()
        for key, what in (("Network/mail", f"a network {network} exists"), ("Volume/mail-data", f"a volume {volume} exists")):
            self.assertEqual((status[key]["phase"], status[key]["reason"]), ("Stalled", "NameConflict"))
            self.assertIn(what, status[key]["message"])
            self.assertIn(what, done.stderr)
        self.assertEqual(seen(), before)

        # Its owner takes the network and the volume away; the container's name is still taken, and another one is used.
        docker("network", "disconnect", network, container)
        docker("network", "rm", network)
        docker("rm", "-f", container)
        docker("volume", "rm", volume)
        docker("run", "-d", "--name", container, "debian:trixie-slim", "sleep", "600")
        self.addCleanup(docker, "rm", "-f", container, check=False)
        before = docker("inspect", container)
        self.site.up()
        self.assertEqual(self.site.status()["Workload/postfix"]["container"], f"{prefix}-postfix-2")
        self.site.deliver(ALICE, unique("beside"))
        self.site.run("down", "--volumes")
        self.assertEqual(docker("inspect", container), before)
        self.assertEqual(self.site.left(), {"containers": [container], "networks": [], "volumes": []})


if __name__ == "__main__":
    unittest.main()
