"""A production deployment as an operator makes one: a Postgres, roles.sql, migrate, init, serve."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from harness import ROOT, binary, free_ports


class Database:
    """A Postgres cluster of our own on a Unix socket, whose roles need no password."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="krv.", dir="/tmp"))
        self.programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        self.user = []
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(self.directory, postgres.pw_uid, postgres.pw_gid)
            self.user = ["--reuid=postgres", "--regid=postgres", "--init-groups"]
        self.url = f"host={self.directory} dbname=keyreeve"
        self._run("initdb", "-D", self.directory / "data", "-U", "postgres", "-A", "trust", "--auth-host=reject",
                  "--no-sync", "--no-locale", "-E", "UTF8")
        self.process = subprocess.Popen(
            self._command("postgres", "-D", self.directory / "data", "-c", "fsync=off", "-c", "listen_addresses=",
                          "-c", f"unix_socket_directories={self.directory}"),
            cwd=self.directory, stdout=subprocess.DEVNULL, stderr=open(self.directory / "log", "wb"))
        deadline = time.monotonic() + 20
        while self._attempt("pg_isready", "-q", "-h", self.directory).returncode != 0:
            assert time.monotonic() < deadline and self.process.poll() is None, (self.directory / "log").read_text()
            time.sleep(0.02)
        self.sql("postgres", (ROOT / "deploy" / "roles.sql").read_text())
        self.sql("postgres", "CREATE DATABASE keyreeve OWNER keyreeve_owner")

    def sql(self, database, text):
        return self._run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.directory, "-U",
                         "postgres", "-d", database, stdin=text).stdout

    def dump(self):
        return self._run("pg_dump", "-h", self.directory, "-U", "postgres", "keyreeve").stdout

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _command(self, program, *arguments):
        return ["setpriv", *self.user, "--pdeathsig", "INT", "env", "-i", "LANG=C.UTF-8", "TZ=UTC",
                f"PATH={self.programs}:/usr/bin:/bin", program, *map(str, arguments)]

    def _attempt(self, *command, stdin=""):
        return subprocess.run(self._command(*command), cwd=self.directory, input=stdin, text=True,
                              capture_output=True, timeout=60)

    def _run(self, *command, stdin=""):
        result = self._attempt(*command, stdin=stdin)
        assert result.returncode == 0, result.stderr
        return result


class Production:
    """One `keyreeved` on that database, with the settings of a file."""

    def __init__(self, database, environment=None):
        self.database = database
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="krv.", dir="/tmp"))
        self.data = self.directory / "data"
        self.port = free_ports(2)
        self.control = f"http://127.0.0.1:{self.port}"
        self.relay = f"http://127.0.0.1:{self.port + 1}"
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.directory), "LANG": "C.UTF-8",
                            **(environment or {})}
        self.process = None
        self.settings = self.directory / "keyreeved.toml"
        self.write_settings()

    def write_settings(self, **data):
        more = "".join(f'{name} = "{value}"\n' for name, value in data.items())
        self.settings.write_text(
            f'[control]\nport = {self.port}\n[relay]\nport = {self.port + 1}\n'
            f'[database]\nurl = "{self.database.url}"\n'
            f'[data]\ndirectory = "{self.data}"\nmigrations = "{ROOT}/migrations"\n{more}')

    def attempt(self, *arguments, stdin="", timeout=60):
        return subprocess.run(
            [binary("keyreeved"), *map(str, arguments), "--settings", self.settings], text=True, capture_output=True,
            input=stdin, timeout=timeout, env=self.environment, cwd=self.directory)

    def run(self, *arguments, **options):
        result = self.attempt(*arguments, **options)
        assert result.returncode == 0, result.stderr + result.stdout
        return result.stdout

    def start(self, within=30):
        self.process = subprocess.Popen(
            [binary("keyreeved"), "serve", "--settings", self.settings], env=self.environment, cwd=self.directory,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.directory / "keyreeved.log", "ab"))
        deadline = time.monotonic() + within
        while not self._is_up():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self):
        path = self.directory / "keyreeved.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _is_up(self):
        try:
            with urllib.request.urlopen(self.control + "/healthz", timeout=2) as response:
                return response.status == 200
        except OSError:
            return False
