"""What a person with the real Codex sees."""
import json
import os
import re
import subprocess
import time

import pytest

from harness import Codex, Person, codex_binary, post
from provider import completed, created, event, message, tool_call


def header(request, name):
    return [value for key, value in request["headers"] if key == name]


def test_a_plain_answer_arrives_and_is_audited(codex, provider, admin):
    result = codex.exec("Say hello")
    assert result.returncode == 0, result.shown
    assert "Hello from the provider." in result.stdout
    request = provider.requests[-1]
    assert header(request, "authorization") == [f"Bearer {provider.key}"]
    assert header(request, "x-request-source") == ["keyreeve"]

    trace = header(request, "x-trace-id")[0]

    def settled(records):
        return any(record.get("request_id") == trace and record.get("settlement") for record in records)
    records = admin.audit_when("profile:production since:1h", settled)
    call = next(record for record in records if record["request_id"] == trace)
    assert call["settlement"] == "relay.outcome" and call["decision"] == "allow" and call["status"] == 200
    assert (call["input_tokens"], call["output_tokens"], call["cached_tokens"]) == (11, 7, 3)
    assert call["model"] == "gpt-5.5" and call["provider"] == "fake" and call["duration_ms"] >= 0


def test_with_no_model_set_codex_asks_for_our_default(codex, provider):
    assert codex.exec("Say hello").returncode == 0
    assert provider.requests[-1]["body"]["model"] == "gpt-5.5"


def test_a_tool_call_makes_the_round_trip(codex, provider):
    def script(request):
        outputs = [item for item in request["body"]["input"] if item.get("type") == "function_call_output"]
        if not outputs:
            return 200, [created(), tool_call("echo tool-$((40 + 2))"), completed()]
        text = json.dumps(outputs[-1]["output"])
        return 200, [created(), message("The tool said " + ("tool-42" if "tool-42" in text else text)), completed()]
    provider.script = script
    result = codex.exec("Use the tool")
    assert result.returncode == 0, result.shown
    assert "The tool said tool-42" in result.stdout


def test_profiles_switch_with_p_and_with_profile_use(developer, codex, provider):
    assert codex.exec("Say hello", "-p", "staging").returncode == 0
    assert provider.requests[-1]["body"]["model"] == "gpt-5.4-mini"
    assert codex.exec("Say hello").returncode == 0
    assert provider.requests[-1]["body"]["model"] == "gpt-5.5"
    developer.run("profile", "use", "staging")
    assert codex.exec("Say hello").returncode == 0
    assert provider.requests[-1]["body"]["model"] == "gpt-5.4-mini"


def test_a_denied_model_is_said_at_once_and_recorded(codex, provider, admin):
    result = codex.exec("Say hello", "-m", "gpt-4.1")
    assert result.returncode != 0
    assert "does not allow `gpt-4.1`" in result.shown and "gpt-5.5" in result.shown
    assert result.seconds < 5
    assert provider.requests == []
    records = admin.audit_when("decision:deny model:gpt-4.1 since:1h", lambda records: records)
    assert records[0]["reason"] == "model_not_allowed"


def test_without_a_session_the_person_is_told_what_to_run_within_a_second(developer, codex, provider):
    developer.run("logout")
    result = codex.exec("Say hello")
    assert "keyreeve login" in result.shown
    assert provider.requests == []
    token = developer.attempt("token", "--server", developer.keyreeve.control, "--organization", "demo")
    assert token.returncode != 0 and token.stdout == ""
    assert token.stderr.count("\n") == 1 and "keyreeve login" in token.stderr


def test_a_provider_that_refuses_the_credential_is_our_trouble_not_the_persons(codex, provider, admin):
    admin.run("credential", "set", "fake-key", stdin="sk-wrong")
    try:
        result = codex.exec("Say hello")
        assert result.returncode != 0
        assert "credential" in result.shown
        assert "Incorrect API key" not in result.shown
        assert "sk-wrong" not in result.shown
    finally:
        admin.run("credential", "set", "fake-key", stdin=provider.key)


def test_a_cut_stream_is_shown_and_recorded(codex, provider, admin):
    provider.script = lambda request: (200, [created(), event("response.output_text.delta", delta="He"), "cut"])
    result = codex.exec("Say hello and be cut")
    assert result.returncode != 0
    assert "stream disconnected" in result.shown
    # Half an answer is never asked for twice on the way: that would be paid for twice.
    assert len(provider.requests) == 1
    admin.audit_when("profile:production since:1h", lambda records: any(
        record.get("reason") == "upstream_unreachable" and record.get("status") == 200 for record in records))


def test_a_provider_that_stays_down_is_asked_as_often_as_policy_says_and_no_more(codex, provider, admin):
    """`request_max_retries` is 4 by default and spent by the relay; Codex on its own would ask 30 times."""
    provider.script = lambda request: (503, [b'{"error":{"message":"Down for maintenance until noon."}}'])
    result = codex.exec("Say hello to nobody")
    assert result.returncode != 0
    assert len(provider.requests) == 5
    assert "503" in result.shown and "Down for maintenance until noon." in result.shown, result.shown
    traces = {header(request, "x-trace-id")[0] for request in provider.requests}
    assert len(traces) == 1

    def every_attempt(records):
        return len([r for r in records if r.get("request_id") in traces and r.get("settlement")]) == 5
    admin.audit_when("profile:production since:1h", every_attempt)


def test_a_provider_that_comes_back_in_time_is_not_noticed(codex, provider):
    def script(request):
        if len(provider.requests) < 3:
            return 503, [b'{"error":{"message":"busy"}}']
        return 200, [created(), message("Back again."), completed()]
    provider.script = script
    result = codex.exec("Say hello with patience")
    assert result.returncode == 0, result.shown
    assert "Back again." in result.stdout
    assert len(provider.requests) == 3


def test_a_spoofed_audit_header_is_replaced(developer, provider):
    token = developer.run("token", "--server", developer.keyreeve.control, "--organization", "demo").strip()
    body = {"model": "gpt-5.5", "stream": True, "input": []}
    status, headers, _ = post(developer.keyreeve.relay + "/production/fake/responses", body,
                              {"authorization": f"Bearer {token}", "x-request-source": "spoofed",
                               "x-api-key-extra": "spoofed", "cookie": "a=b"})
    assert status == 200
    request = provider.requests[-1]
    assert header(request, "x-request-source") == ["keyreeve"]
    assert header(request, "cookie") == []


def test_the_enforced_form_works_in_a_private_etc(developer, codex, provider, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root for a mount namespace")
    trust = developer.run("trust", "show", "--toml")
    bundle = tmp_path / "bundle"
    developer.run("config", "sync", "--enforced", "--out", bundle)
    developer.run("config", "unsync")
    script = tmp_path / "private-etc"
    script.write_text("""#!/bin/bash
set -e
work=$1 trust=$2 bundle=$3 keyreeve=$4; shift 4
mkdir -p "$work"; mount -t tmpfs tmpfs "$work"; mkdir "$work/up" "$work/wk"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$work/up,workdir=$work/wk" /etc
mkdir -p /etc/keyreeve; cp "$trust" /etc/keyreeve/trust.toml; chmod 644 /etc/keyreeve/trust.toml
"$keyreeve" config install "$bundle"
exec "$@"
""")
    script.chmod(0o755)
    (tmp_path / "trust.toml").write_text(trust)
    from harness import binary
    prefix = ["unshare", "-m", str(script), str(tmp_path / "overlay"), str(tmp_path / "trust.toml"), str(bundle),
              str(binary("keyreeve"))]
    result = codex.exec("Say hello", prefix=prefix)
    assert result.returncode == 0, result.shown
    assert "Hello from the provider." in result.stdout
    # What the person configures cannot win.
    result = codex.exec("Say hello", "-c", "model_provider=\"openai\"", prefix=prefix)
    assert "Hello from the provider." in result.stdout, result.shown
    developer.run("profile", "use", "staging")
    result = codex.exec("Say hello", prefix=prefix)
    assert result.returncode == 0, result.shown
    assert provider.requests[-1]["body"]["model"] == "gpt-5.4-mini"
