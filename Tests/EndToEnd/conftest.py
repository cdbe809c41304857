"""One Keyreeve for the whole run, started as a person would start it, and the real Codex in a private home."""
import os
import shutil
import tempfile

import pytest

from harness import Codex, Keyreeve, Person, free_ports
from keyring import PrivateKeyring
from policies import policy
from provider import FakeProvider


@pytest.fixture(scope="session")
def keyreeve():
    # Not in pytest's own directory: Postgres' user cannot enter that.
    directory = tempfile.mkdtemp(prefix="krv.")
    os.chmod(directory, 0o755)
    server = Keyreeve(directory, free_ports(4))
    server.start()
    yield server
    server.stop()
    if os.environ.get("KEEP") is None: shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def provider():
    fake = FakeProvider(key="sk-fake-canary-7f3a9c51d2")
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture(scope="session")
def admin(keyreeve, tmp_path_factory):
    """The demo's first person, who holds every role; signed in with the printed one-time code."""
    person = Person(keyreeve, tmp_path_factory.mktemp("admin"))
    person.run("login", "--server", keyreeve.control, "--code", "-", stdin=keyreeve.ready["code"])
    return person


@pytest.fixture(scope="session")
def governed(keyreeve, provider, admin, tmp_path_factory):
    """The demo organization with the fake provider behind two profiles."""
    directory = tmp_path_factory.mktemp("policies")
    for name, text in policy(provider.port).items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    admin.run("credential", "set", "fake-key", "--for", f"http://127.0.0.1:{provider.port}", stdin=provider.key)
    admin.run("apply", "-f", str(directory), "--yes")
    return directory


@pytest.fixture
def keyring():
    """A real gnome-keyring on a bus of its own, unlocked and empty."""
    keyring = PrivateKeyring()
    keyring.start()
    yield keyring
    keyring.close()


@pytest.fixture
def developer(keyreeve, governed, admin, tmp_path):
    """A home of its own whose session is synced, and a Codex in it."""
    person = Person(keyreeve, tmp_path / "home")
    person.sign_in_with_browser()
    person.run("config", "sync")
    return person


@pytest.fixture
def codex(developer):
    return Codex(developer)


@pytest.fixture(autouse=True)
def quiet_provider(request):
    if "provider" in request.fixturenames or "codex" in request.fixturenames:
        request.getfixturevalue("provider").reset()
