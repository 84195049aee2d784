"""No secret appears where people and programs look."""

import base64
import json
import re
import unittest

from harness import ReadOnlyPlatform, docker, logs


def canaries_in(secrets_yaml):
    """Generated passwords and keys, and the lines of private keys; certificates are no secrets."""
    keys = re.findall(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", secrets_yaml, re.DOTALL)
    lines = {line.strip() for key in keys for line in key.splitlines() if len(line.strip()) > 20}
    return lines | set(re.findall(r"""(?m)^\s+(?:password|key): ["']?([A-Za-z0-9+/=]{16,})""", secrets_yaml))


class Secrets(ReadOnlyPlatform):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.canaries = {c["password"] for c in cls.site.json("credentials")} | canaries_in((cls.site.home / "secrets.yaml").read_text(encoding="utf-8"))

    def assert_clean(self, where, text):
        self.assertTrue(self.canaries, "no canary was found: the test looks for nothing")
        for canary in self.canaries:
            for form in (canary, base64.b64encode(canary.encode()).decode().rstrip("=")):
                # The message must not show it either.
                self.assertFalse(form in text, f"a secret that begins with {canary[:3]} is in {where}")
        self.assertNotIn("PRIVATE KEY", text, where)
        self.assertNotIn("$argon2id$", text, where)

    def names(self):
        return docker("ps", "-a", "--filter", f"name=^{self.site.project}-", "--format", "{{.Names}}").split()

    def test_inspect_shows_none(self):
        left = self.site.left()
        self.assert_clean("docker inspect of containers", docker("inspect", *left["containers"]))
        self.assert_clean("docker inspect of networks", docker("network", "inspect", *left["networks"]))
        self.assert_clean("docker inspect of volumes", docker("volume", "inspect", *left["volumes"]))

    def test_environments_hold_nothing_but_a_path(self):
        for name in self.names():
            environment = json.loads(docker("inspect", "-f", "{{json .Config.Env}}", name)) or []
            self.assertEqual([e for e in environment if not e.startswith("PATH=")], [], name)

    def test_processes_show_none(self):
        for name in self.names():
            self.assert_clean(f"the processes of {name}", docker("top", name, "-eo", "pid,args"))

    def test_logs_show_none(self):
        for name in self.names():
            self.assert_clean(f"the log of {name}", logs(name))
        self.assert_clean("the controller's log", (self.site.home / "controller.log").read_text(encoding="utf-8", errors="replace"))

    def test_events_status_and_objects_show_none(self):
        self.assert_clean("events", self.site.run("events", "-o", "json").stdout)
        self.assert_clean("status", self.site.run("status", "-o", "json").stdout)
        for kind in ("platforms", "networks", "volumes", "issuers", "certificates", "workloads", "databases", "domains"):
            self.assert_clean(f"get {kind}", self.site.run("get", kind, "-o", "yaml").stdout)
        for kind, ns in (("secrets", "vectis"), ("mailboxes", "example.test"), ("aliases", "example.test")):
            self.assert_clean(f"get {kind}", self.site.run("get", kind, "-n", ns, "-o", "yaml").stdout)

    def test_the_store_shows_none(self):
        for path in (self.site.home / "state").rglob("*"):
            if path.is_file():
                self.assert_clean(path.name, path.read_text(encoding="utf-8", errors="replace"))

    def test_the_engines_events_show_none(self):
        self.assert_clean("docker events", docker("events", "--since", "1h", "--until", "0s", "--format", "{{json .}}"))


if __name__ == "__main__":
    unittest.main()
