"""No secret appears where people and programs look."""

import base64
import json
import re
import unittest

from harness import ReadOnlyPlatform, docker


class Secrets(ReadOnlyPlatform):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        text = (cls.site.home / "secrets.yaml").read_text(encoding="utf-8")
        values = set(re.findall(r"[A-Za-z0-9]{24,}", text)) | {c["password"] for c in cls.site.json("credentials")}
        # Names of keys and PEM's own words are no secrets.
        cls.canaries = {v for v in values if re.search(r"[0-9]", v) and re.search(r"[a-zA-Z]", v)}

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
            self.assert_clean(f"the processes of {name}", docker("top", name, "-eo", "args"))

    def test_logs_show_none(self):
        for name in self.names():
            self.assert_clean(f"the log of {name}", docker("logs", name))
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
