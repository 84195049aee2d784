"""No secret appears where people and programs look."""

import base64
import json
import re
import unittest

from harness import OwnPlatform, ReadOnlyPlatform, docker, eventually, logs

KINDS = ("platforms", "networks", "volumes", "issuers", "certificates", "workloads", "databases", "domains")
NAMESPACED = (("secrets", "vectis"), ("mailboxes", "example.test"), ("aliases", "example.test"))


def canaries_in(secrets_yaml):
    """Generated passwords and keys, and the lines of private keys; certificates are no secrets."""
    keys = re.findall(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", secrets_yaml, re.DOTALL)
    lines = {line.strip() for key in keys for line in key.splitlines() if len(line.strip()) > 20}
    return lines | set(re.findall(r"""(?m)^\s+(?:password|key): ["']?([A-Za-z0-9+/=]{16,})""", secrets_yaml))


class Canaries:
    """Known secrets that the installation works with, and those that it has made."""

    def find_canaries(self, site, planted):
        found = canaries_in((site.home / "secrets.yaml").read_text(encoding="utf-8"))
        self.assertLessEqual(set(planted.values()), found)
        self.assertGreater(len(found), len(planted) + 1, "nothing was generated beside what was planted")
        return found | {one["password"] for one in site.json("credentials")}

    def assert_clean(self, where, text):
        self.assertTrue(self.canaries, "no canary was found: the test looks for nothing")
        for canary in self.canaries:
            for form in (canary, base64.b64encode(canary.encode()).decode().rstrip("=")):
                # The message must not show it either.
                self.assertFalse(form in text, f"a secret that begins with {canary[:8]} is in {where}")
        self.assertNotIn("PRIVATE KEY", text, where)
        self.assertNotIn("$argon2id$", text, where)

    def assert_done_is_clean(self, where, done):
        self.assert_clean(where, done.stdout + done.stderr)

    def assert_what_is_said_is_clean(self):
        """Everything that the command line shows but `credentials`, and the logs."""
        for command in ("status", "events"):
            for form in ("table", "json", "yaml"):
                self.assert_done_is_clean(f"{command} -o {form}", self.site.run(command, "-o", form))
        for kind, options in [*((kind, ()) for kind in KINDS), *((kind, ("-n", ns)) for kind, ns in NAMESPACED)]:
            self.assert_done_is_clean(f"get {kind}", self.site.run("get", kind, *options, "-o", "yaml", check=False))
            self.assert_done_is_clean(f"describe {kind}", self.site.run("describe", kind, *options, check=False))
        for command in ("plan", "diff"):
            self.assert_done_is_clean(command, self.site.run(command, "-f", self.site.site, check=False))
        self.assert_clean("the controller's log", (self.site.home / "controller.log").read_text(encoding="utf-8", errors="replace"))
        for name in self.site.left()["containers"]:
            self.assert_clean(f"the log of {name}", logs(name))

    def assert_the_engine_shows_none(self):
        left = self.site.left()
        self.assert_clean("docker inspect of containers", docker("inspect", *left["containers"]))
        self.assert_clean("docker inspect of networks", docker("network", "inspect", *left["networks"]))
        self.assert_clean("docker inspect of volumes", docker("volume", "inspect", *left["volumes"]))
        self.assert_clean("docker events", docker("events", "--since", "1h", "--until", "0s", "--format", "{{json .}}"))


class Secrets(Canaries, ReadOnlyPlatform):
    def setUp(self):
        self.canaries = self.find_canaries(self.site, self.site.planted)

    def test_the_engine_shows_none(self):
        self.assert_the_engine_shows_none()

    def test_environments_hold_nothing_but_a_path(self):
        for name in self.site.left()["containers"]:
            environment = json.loads(docker("inspect", "-f", "{{json .Config.Env}}", name)) or []
            self.assertEqual([e for e in environment if not e.startswith("PATH=")], [], name)

    def test_processes_show_none(self):
        for name in self.site.left()["containers"]:
            self.assert_clean(f"the processes of {name}", docker("top", name, "-eo", "pid,args"))

    def test_logs_events_status_and_objects_show_none(self):
        self.assert_what_is_said_is_clean()

    def test_the_first_up_shows_none(self):
        self.assert_clean("the output of the first up", self.site.first_up.text)

    def test_the_store_shows_none(self):
        for path in (self.site.home / "state").rglob("*"):
            if path.is_file():
                self.assert_clean(path.name, path.read_text(encoding="utf-8", errors="replace"))


class Failures(Canaries, OwnPlatform):
    def message_of(self, key):
        return self.site.status()[key]["message"]

    def query(self, statement):
        docker("exec", "-i", "-u", "postgres", self.site.container("postgres"), "psql", "-v", "ON_ERROR_STOP=1", text_input=statement)

    def fail_a_change(self):
        """The new container ends at once."""
        image = f"{self.site.project}/exits:e2e"
        docker("build", "-t", image, "-", text_input='FROM debian:trixie-slim\nENTRYPOINT ["sh", "-c", "exit 7"]\n')
        self.addCleanup(docker, "rmi", "-f", image, check=False)
        self.site.set_platform(f"components: {{valkey: {{image: {{reference: '{image}'}}}}}}")
        self.assert_done_is_clean("the plan of a change", self.site.run("plan", "-f", self.site.site, check=False))
        self.assert_done_is_clean("the diff of a change", self.site.run("diff", "-f", self.site.site, check=False))
        done = self.site.up(check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("exited with code 7", done.stderr)
        self.assert_done_is_clean("the output of an up that failed", done)

    def test_no_error_shows_a_secret(self):
        planted = self.site.plant_secrets()
        declared = {path: path.read_text(encoding="utf-8") for path in self.site.site.glob("*.yaml")}
        done = self.site.up()
        self.canaries = self.find_canaries(self.site, planted)
        self.assert_done_is_clean("the output of the first up", done)

        self.fail_a_change()
        self.assert_what_is_said_is_clean()
        for path, text in declared.items():
            path.write_text(text, encoding="utf-8")
        self.site.up()

        # The passwords that the controller has are wrong: of a role, which it mends, then of those whom nobody can mend.
        mark = self.site.event_mark()
        self.query("ALTER ROLE vectis_dovecot PASSWORD 'other';")
        eventually(lambda: "Database/vectis: set role vectis_dovecot" in self.site.events_since(mark), 60, "the role's password is not mended")
        docker("exec", "-i", self.site.container("valkey"), "valkey-cli", text_input=f"AUTH {planted['vectis/valkey']}\nCONFIG SET requirepass other\n")
        self.query("ALTER ROLE postgres PASSWORD 'other';")
        eventually(lambda: "password authentication failed" in self.message_of("Workload/postgres"), 30, "Postgres' probe does not fail")
        eventually(lambda: re.search("WRONGPASS|NOAUTH", self.message_of("Workload/valkey")), 30, lambda: f"Valkey's probe says {self.message_of('Workload/valkey')}")
        self.assert_what_is_said_is_clean()
        self.assert_the_engine_shows_none()
        done = self.site.run("up", self.site.site, "--timeout", "1s", check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("Workload/postgres", done.stderr)
        self.assert_done_is_clean("the output of an up that gave up", done)


if __name__ == "__main__":
    unittest.main()
