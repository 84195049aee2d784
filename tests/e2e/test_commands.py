"""What the reading commands show. Those that go on until interrupted are in test_change.py, where something happens."""

import subprocess
import unittest

from harness import BIN, ReadOnlyPlatform, eventually, unique

MAILBOX = "apiVersion: mail.vectis.dev/v1\nkind: Mailbox\nmetadata: {{namespace: example.test, name: {name}}}\nspec: {{}}\n"


class Commands(ReadOnlyPlatform):
    def test_logs_shows_the_last_lines_of_a_workloads_container(self):
        queued = self.site.queue("alice@example.test", unique("logged"))
        eventually(lambda: f"{queued}: removed" in self.site.run("logs", "workload/postfix").stdout, 10, f"{queued} is not in the log")
        self.assertEqual(len(self.site.run("logs", "postfix", "--tail", "2").stdout.splitlines()), 2)
        done = self.site.run("logs", "postfixx", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('workload "postfixx" not found', done.stderr)

    def test_wait_ends_when_the_condition_is_met_and_says_what_is_missing_if_it_is_not(self):
        done = self.site.run("wait", "platform/default", "workload/postfix", "--timeout", "5s")
        self.assertEqual(done.stdout, "platform/default condition met\nworkload/postfix condition met\n")
        done = self.site.run("wait", "workload/postfix", "--for", "condition=Stalled", "--timeout", "1s", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("timed out after 1s waiting for workload/postfix", done.stderr)

    def test_wait_for_delete_ends_when_the_object_is_gone(self):
        name = unique("waited").replace("-", "")
        self.site.run("apply", "--wait", "-f", "-", text_input=MAILBOX.format(name=name))
        command = [BIN, "wait", f"mailbox/{name}", "-n", "example.test", "--for", "delete", "--timeout", "60s"]
        waiting = subprocess.Popen(command, env=self.site.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(waiting.kill)
        self.site.run("delete", f"mailbox/{name}", "-n", "example.test")
        self.assertIn(f"mailbox/{name} is gone\n", waiting.communicate(timeout=60)[0])
        self.assertEqual(waiting.returncode, 0)

    def test_events_of_one_object_are_of_that_object(self):
        found = self.site.json("events", "workload/postfix")["items"]
        self.assertTrue(any("start container" in event["message"] for event in found))
        self.assertEqual({(e["involvedObject"]["kind"], e["involvedObject"]["name"]) for e in found}, {("Workload", "postfix")})


if __name__ == "__main__":
    unittest.main()
