"""The promises that an attacker reads first."""
import base64
import json
import os
import pathlib
import subprocess
import time

import pytest

from harness import Person, post
from provider import completed, created, event, message


def relay_token(person, organization="demo"):
    return person.run("token", "--server", person.keyreeve.control, "--organization", organization).strip()


def ask(person, token, profile="production", provider="fake", model="gpt-5.5", **headers):
    body = {"model": model, "stream": True, "input": []}
    return post(f"{person.keyreeve.relay}/{profile}/{provider}/responses", body,
                {"authorization": f"Bearer {token}", **headers})


def test_without_credentials_the_answer_says_what_to_run(keyreeve, governed):
    status, headers, text = post(keyreeve.relay + "/production/fake/responses", {"model": "gpt-5.5"})
    assert status == 401
    assert headers["www-authenticate"].startswith("Bearer")
    assert "keyreeve login" in text and headers["x-request-id"]
    # Codex retries a 401 for seconds and shows a 400 at once.
    status, _, text = post(keyreeve.relay + "/production/fake/responses", {"model": "gpt-5.5"},
                           {"user-agent": "codex_exec/0.163.0 (Debian; x86_64) dumb", "originator": "codex_exec"})
    assert status == 400
    assert "keyreeve login" in text


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "krv_sa_" + "0" * 60, "A" * 20000])
def test_a_bad_token_never_gets_further(keyreeve, governed, provider, token):
    status, headers, text = post(keyreeve.relay + "/production/fake/responses", {"model": "gpt-5.5"},
                                 {"authorization": f"Bearer {token}"})
    assert status in (400, 401)
    assert provider.requests == []


def test_a_tampered_token_is_refused_at_every_part(developer, provider):
    head, claims, signature = relay_token(developer).split(".")
    payload = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    for name in list(payload):
        forged = dict(payload)
        forged[name] = 99999999999 if isinstance(payload[name], int) else "forged"
        text = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
        status, _, _ = ask(developer, f"{head}.{text}.{signature}")
        assert status == 401, name
    assert provider.requests == []


def test_a_second_organizations_token_finds_nothing_of_the_first(keyreeve, governed, admin, provider, tmp_path):
    operator = Person(keyreeve, tmp_path / "operator")
    operator.run("login", "--server", keyreeve.control, "--operator", "--code", "-",
                 stdin=keyreeve.ready["operator_code"])
    name = f"other-{time.time_ns() % 1000000}"
    invited = keyreeve.ready["people"][1]
    operator.run("org", "create", name, "--admin", invited, "--issuer", keyreeve.ready["issuer"])
    stranger = Person(keyreeve, tmp_path / "stranger")
    stranger.sign_in_with_browser(person=invited, organization=name)
    stranger.run("service-account", "create", "ci", "--organization", name)
    token = json.loads(stranger.run("api-token", "create", "ci", "--organization", name, "--json"))["token"]
    status, _, text = ask(stranger, token)
    missing, _, missing_text = ask(stranger, token, profile="no-such-profile")
    assert (status, text) == (missing, missing_text)
    assert status == 404
    assert provider.requests == []


def test_no_secret_reaches_argv_environments_files_or_logs(keyreeve, admin, developer, codex, provider):
    assert codex.exec("Say hello").returncode == 0
    canary = provider.key.encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                assert canary not in (process / name).read_bytes(), process
            except OSError:
                continue
    for root in (keyreeve.directory, admin.home, developer.home):
        for path in root.rglob("*"):
            if path.is_file() and not path.is_symlink():
                assert canary not in path.read_bytes(), path


def test_session_files_are_for_their_owner_alone(developer):
    state = developer.home / "state"
    files = [path for path in state.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.stat().st_mode & 0o077 == 0, path


def test_killed_in_the_middle_of_a_stream_the_audit_closes_the_intent(keyreeve, developer, admin, provider):
    token = relay_token(developer)
    provider.script = lambda request: (200, [created(), 30, completed()])
    stream = subprocess.Popen(
        ["curl", "-sN", "-H", f"Authorization: Bearer {token}", "-H", "content-type: application/json",
         "-d", json.dumps({"model": "gpt-5.5", "stream": True, "input": []}),
         f"{keyreeve.relay}/production/fake/responses"], stdout=subprocess.PIPE)
    deadline = time.monotonic() + 10
    while not provider.requests and time.monotonic() < deadline:
        time.sleep(0.02)
    assert provider.requests
    keyreeve.kill()
    stream.kill()
    stream.wait()
    keyreeve.start()
    admin.audit_when("kind:relay.intent since:1h", lambda records: any(
        record.get("settlement") == "outcome.unknown" for record in records), within=5)
