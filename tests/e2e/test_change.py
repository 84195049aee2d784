"""A change costs what it has to, and no more."""

import time
import unittest

from harness import RunningPlatform, docker, eventually, logs, unique

ALICE = "alice@example.test"
MAILBOX = """apiVersion: mail.vectis.dev/v1
kind: Mailbox
metadata:
  namespace: example.test
  name: {name}
spec: {{}}
"""


class Change(RunningPlatform):
    def stalled_platform(self):
        return next((o for key, o in self.site.status().items() if key.startswith("Platform/") and o["phase"] == "Stalled"), None)

    def changed_components(self, before):
        after = self.site.containers()
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        return {name.removeprefix(self.site.project + "-").rsplit("-", 1)[0] for name in changed}

    def test_a_memory_limit_replaces_exactly_one_container(self):
        before = self.site.containers()
        self.site.set_platform("components: {valkey: {memoryMiB: 160}}")
        self.site.up()
        self.assertEqual(self.changed_components(before), {"valkey"})
        self.assertEqual(docker("inspect", "-f", "{{.HostConfig.Memory}}", self.site.container("valkey")), str(160 << 20))

    def test_a_score_changes_a_live_file_and_nothing_else(self):
        before = self.site.containers()
        self.site.edit("rejectScore: 15", "rejectScore: 13")
        self.site.up()
        self.assertEqual(self.changed_components(before), set())
        rspamd = self.site.container("rspamd")
        self.assertIn("reject = 13", docker("exec", rspamd, "cat", "/etc/vectis-live/current/actions.conf"))

        def used():
            subject = unique("score")
            self.site.deliver(ALICE, subject)
            return "/13.00]" in logs(rspamd, "--tail", "40")

        eventually(used, 20, "Rspamd does not use the new score")

    def test_a_new_mailbox_works_within_a_second_without_touching_a_container(self):
        before = self.site.containers()
        name = unique("new").replace("-", "")
        address = f"{name}@example.test"
        start = time.monotonic()
        self.site.run("apply", "-f", "-", text_input=MAILBOX.format(name=name))
        applied = time.monotonic()
        eventually(lambda: self.site.deliver(address, "welcome") is None, 1, "the new mailbox takes no mail", interval=0.05)
        eventually(lambda: self.site.subjects(address), 5, "the first message is not there")
        self.assertLess(applied - start, 5)
        self.assertEqual(self.changed_components(before), set())

    def test_a_deleted_mailbox_takes_no_mail_and_no_login(self):
        name = unique("gone").replace("-", "")
        address = f"{name}@example.test"
        self.site.run("apply", "-f", "-", text_input=MAILBOX.format(name=name))
        eventually(lambda: self.site.imap(address).logout(), 5, "the new mailbox takes no login")
        password = self.site.password(address)
        self.site.run("delete", f"mailbox/{name}", "-n", "example.test")

        def refused():
            client = self.site.smtp()
            client.mail("carol@elsewhere.test")
            code = client.rcpt(address)[0]
            client.close()
            return code == 550

        eventually(refused, 5, "mail for the deleted mailbox is not refused")
        self.assertTrue(password)

    def refusal(self, address):
        """The code and text of the answer to RCPT."""
        client = self.site.smtp()
        client.mail("carol@elsewhere.test")
        answer = client.rcpt(address)
        client.close()
        return answer

    def test_a_new_owner_of_an_address_finds_an_empty_mailbox(self):
        name = unique("owner").replace("-", "")
        address = f"{name}@example.test"
        self.site.run("apply", "-f", "-", text_input=MAILBOX.format(name=name))
        eventually(lambda: self.site.deliver(address, "private") is None, 5, "the new mailbox takes no mail")
        self.site.wait_for_mail(address, "private")
        first = self.site.password(address)
        self.site.run("delete", f"mailbox/{name}", "-n", "example.test")
        eventually(lambda: self.refusal(address)[0] == 550, 5, "mail for the deleted mailbox is not refused")
        self.site.run("apply", "-f", "-", text_input=MAILBOX.format(name=name))
        eventually(lambda: self.site.password(address) != first, 5, "the new owner has the old password")
        eventually(lambda: self.site.deliver(address, "for the second") is None, 5, "the new mailbox takes no mail")
        self.site.wait_for_mail(address, "for the second", seconds=10)
        self.assertEqual(self.site.subjects(address), ["for the second"])

    def test_a_disabled_mailbox_is_refused_although_there_is_a_catch_all(self):
        name = unique("off").replace("-", "")
        address = f"{name}@example.test"
        self.site.edit("description: The domain of the quick start", "catchAll: bob@example.test")
        self.site.up()
        self.site.run("apply", "-f", "-", text_input=MAILBOX.format(name=name))
        eventually(lambda: self.refusal(address)[0] == 250, 5, "the new mailbox takes no mail")
        self.site.run("apply", "-f", "-", text_input=MAILBOX.format(name=name).replace("spec: {}", "spec: {active: false}"))
        eventually(lambda: self.refusal(address)[0] == 550, 5, "the catch-all takes the mail of a disabled mailbox")
        self.assertEqual(self.refusal(f"{name}+tag@example.test")[0], 550)
        self.assertIn(b"5.1.1", self.refusal(address)[1])
        subject = unique("caught")
        self.site.deliver(f"{unique('nobody')}@example.test", subject)
        self.site.wait_for_mail("bob@example.test", subject)

    def test_postgres_is_replaced_under_the_controllers_feet(self):
        before = self.site.containers()
        self.site.set_platform("components: {postgres: {memoryMiB: 300}}")
        self.site.up()
        self.assertIn("postgres", self.changed_components(before))
        self.assertEqual(docker("inspect", "-f", "{{.HostConfig.Memory}}", self.site.container("postgres")), str(300 << 20))
        subject = unique("after")
        # A connection to the old server may still be found broken: 450, and the sender comes again.
        eventually(lambda: self.site.deliver(ALICE, subject) is None, 5, "no mail is taken after Postgres was replaced")
        self.site.wait_for_mail(ALICE, subject, seconds=30)

    def test_a_failed_change_is_taken_back_as_a_whole_and_tried_again_when_it_is_declared_again(self):
        image = f"{self.site.project}/dovecot:later"
        memory = docker("inspect", "-f", "{{.HostConfig.Memory}}", self.site.container("valkey"))
        good = docker("inspect", "-f", "{{.Config.Image}}", self.site.container("dovecot"))
        self.site.set_platform(f"components: {{valkey: {{memoryMiB: 176}}, dovecot: {{image: {{reference: '{image}'}}}}}}")
        self.assertNotEqual(self.site.up(check=False).returncode, 0)
        eventually(self.stalled_platform, 60, "the Platform is not Stalled")
        eventually(
            lambda: docker("inspect", "-f", "{{.HostConfig.Memory}}", self.site.container("valkey")) == memory, 60,
            "the first wave of the failed change was not taken back")
        eventually(lambda: self.site.phase("Workload/valkey") == "Ready", 60, "valkey does not serve")
        # What was in the way is gone; nothing else changed.
        docker("tag", good, image)
        self.addCleanup(docker, "rmi", image, check=False)
        self.site.up()
        self.assertEqual(docker("inspect", "-f", "{{.Config.Image}}", self.site.container("dovecot")), image)
        self.assertEqual(docker("inspect", "-f", "{{.HostConfig.Memory}}", self.site.container("valkey")), str(176 << 20))

    def test_what_a_folder_declares_is_changed_there(self):
        done = self.site.run("apply", "-f", "-", text_input=MAILBOX.format(name="alice"), check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stderr, r"Mailbox/example.test/alice is declared in .*/mail\.yaml:\d+: change it there")

    def test_plan_knows_an_image_that_has_to_be_pulled(self):
        self.site.set_platform("components: {valkey: {image: {reference: 'example.test/valkey:9'}}}")
        done = self.site.run("plan", "-f", self.site.site, check=False)
        self.assertIn("make ready image example.test/valkey:9", done.stdout)
        self.assertIn(f"create container {self.site.project}-valkey-", done.stdout)
        self.assertNotIn("quarantine", done.stdout)

    def test_plan_says_what_up_would_do_and_why(self):
        self.site.set_platform("messageSizeLimitMiB: 23")
        done = self.site.run("plan", "-f", self.site.site, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("postfix", done.stdout)
        self.assertIn("because", done.stdout)
        before = self.site.containers()
        self.site.up()
        self.assertEqual(self.changed_components(before), {"postfix"})
        self.assertEqual(self.site.run("plan", "-f", self.site.site, check=False).returncode, 0)

    def test_an_image_that_never_serves_leaves_the_old_container_serving(self):
        # The base image exits at once: it is never healthy.
        before = self.site.containers()
        self.site.set_platform("components: {dovecot: {image: {reference: 'debian:trixie-slim'}}}")
        done = self.site.up(check=False)
        self.assertNotEqual(done.returncode, 0)
        # The change is taken back, and the Platform says so until it is changed again.
        platform = eventually(self.stalled_platform, 60, "the Platform is not Stalled")
        self.assertIn("dovecot", platform["message"])
        eventually(lambda: self.site.phase("Workload/dovecot") == "Ready", 60, "dovecot does not serve")
        self.assertEqual({n: v[0] for n, v in self.site.containers().items()}, {n: v[0] for n, v in before.items()})
        subject = unique("old")
        self.site.deliver(ALICE, subject)
        self.site.wait_for_mail(ALICE, subject, seconds=30)


if __name__ == "__main__":
    unittest.main()
