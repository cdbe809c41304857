"""A session bus and a gnome-keyring of our own, in a short directory of their own."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

# Without service directories the bus starts no other keyring when ours is gone.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=PATH</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


class PrivateKeyring:
    password = "test-pass"

    def __init__(self):
        # Short, because a socket's path has at most 107 bytes.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="krv.", dir="/tmp"))
        for name in ("run", "data"):
            (self.directory / name).mkdir(mode=0o700)
        path = self.directory / "run" / "bus"
        (self.directory / "bus.conf").write_text(BUS.replace("PATH", str(path)))
        #: What a program needs to find this keyring.
        self.address = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}", "XDG_RUNTIME_DIR": str(path.parent)}
        self.environment = {**self.address, "HOME": str(self.directory), "PATH": "/usr/bin:/bin",
                            "XDG_DATA_HOME": str(self.directory / "data"), "LANG": "C.UTF-8"}
        self.bus = self._start("dbus-daemon", f"--config-file={self.directory}/bus.conf", "--nofork", "--nopidfile",
                               "--nosyslog")
        self._wait_for(lambda: self._ask("GetId") is not None)
        self.daemon = None

    def start(self):
        """The daemon, with its login collection unlocked; what it kept is there again."""
        self.daemon = self._start("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets",
                                  stdin=self.password)
        self._wait_for(lambda: "true" in (self._ask("NameHasOwner", "org.freedesktop.secrets") or ""))

    def lock(self):
        answer = self._send("org.freedesktop.secrets", "/org/freedesktop/secrets",
                            "org.freedesktop.Secret.Service.Lock",
                            "array:objpath:/org/freedesktop/secrets/collection/login")
        assert answer is not None, "the keyring could not be locked"

    def hang(self):
        self.daemon.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.daemon.send_signal(signal.SIGCONT)

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()
        self._wait_for(lambda: "false" in (self._ask("NameHasOwner", "org.freedesktop.secrets") or ""))

    def close(self):
        for process in (self.daemon, self.bus):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def secret(self, **attributes):
        """The secret of the one item with these attributes; None where there is none."""
        result = self._tool("lookup", *_words(attributes))
        return result.stdout if result.returncode == 0 else None

    def bytes(self, **attributes):
        """The same, for a secret that is not text."""
        return subprocess.run(["secret-tool", "lookup", *_words(attributes)], env=self.environment,
                              capture_output=True, timeout=10, check=True).stdout

    def store(self, secret, label, **attributes):
        result = self._tool("store", f"--label={label}", *_words(attributes), stdin=secret)
        assert result.returncode == 0, result.stderr

    def _tool(self, *arguments, stdin=""):
        return subprocess.run(["secret-tool", *arguments], env=self.environment, input=stdin, text=True,
                              capture_output=True, timeout=10)

    def _start(self, *command, stdin=""):
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command], env=self.environment, cwd=self.directory, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        process.stdin.write(stdin)
        process.stdin.close()
        return process

    def _ask(self, method, *names):
        return self._send("org.freedesktop.DBus", "/org/freedesktop/DBus", f"org.freedesktop.DBus.{method}",
                          *(f"string:{name}" for name in names))

    def _send(self, destination, path, method, *arguments):
        result = subprocess.run(
            ["dbus-send", "--session", "--print-reply", "--reply-timeout=2000", f"--dest={destination}", path, method,
             *arguments], env=self.environment, capture_output=True, text=True)
        return result.stdout if result.returncode == 0 else None

    @staticmethod
    def _wait_for(condition, within=10):
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "the keyring did not come"
            time.sleep(0.02)


def _words(attributes):
    return [word for pair in attributes.items() for word in pair]
