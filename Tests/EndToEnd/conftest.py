"""One Keyreeve for the whole run, started as a person would start it, and the real Codex in a private home."""
import pytest

from harness import Codex, Keyreeve, Person, free_ports
from provider import FakeProvider

POLICY = {
    "organization.toml": """
[organization]
name = "demo"
display_name = "Demo"
help_url = "https://help.demo.example/ai"
""",
    "profiles/production.toml": """
[profile]
id = "production"

[codex]
model = "gpt-5.5"
model_provider = "fake"

[models]
allowed = ["gpt-5.5", "gpt-5.4"]

[audit_headers]
x-request-source = "keyreeve"
x-request-id = "{request_id}"

[model_providers.fake]
name = "Fake provider"
base_url = "http://127.0.0.1:PORT/v1"
wire_api = "responses"
stream_max_retries = 0

[model_providers.fake.broker]
access = "relay"
credential = "fake-key"
""",
    "profiles/staging.toml": """
[profile]
id = "staging"

[codex]
model = "gpt-5.4"
model_provider = "fake"

[models]
allowed = ["gpt-5.4"]

[model_providers.fake]
name = "Fake provider"
base_url = "http://127.0.0.1:PORT/v1"
wire_api = "responses"
stream_max_retries = 0

[model_providers.fake.broker]
access = "relay"
credential = "fake-key"
""",
}


@pytest.fixture(scope="session")
def keyreeve(tmp_path_factory):
    server = Keyreeve(tmp_path_factory.mktemp("keyreeve"), free_ports(4))
    server.start()
    yield server
    server.stop()


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
    person.run("login", keyreeve.control, "--code", "-", stdin=keyreeve.ready["code"])
    return person


@pytest.fixture(scope="session")
def governed(keyreeve, provider, admin, tmp_path_factory):
    """The demo organization with the fake provider behind two profiles."""
    directory = tmp_path_factory.mktemp("policies")
    for name, text in POLICY.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("PORT", str(provider.port)))
    admin.run("credential", "set", "fake-key", stdin=provider.key)
    admin.run("apply", "-f", str(directory), "--yes")
    return directory


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
