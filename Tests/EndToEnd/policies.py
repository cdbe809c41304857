"""Policy documents for the tests and benchmarks."""

PROFILE = """
[profile]
id = "NAME"

[codex]
model_provider = "fake"

[models]
default = "MODEL"
allow = [ALLOWED]

[[models.catalog]]
id = "MODEL"
display_name = "The model of NAME"

[audit_headers]
x-request-source = "keyreeve"
x-trace-id = "{request_id}"

[model_providers.fake]
name = "Fake provider"
base_url = "http://127.0.0.1:PORT/v1"
wire_api = "responses"
stream_max_retries = 0

[model_providers.fake.broker]
access = "relay"
credential = "fake-key"
"""


def policy(port):
    """The demo organization with one fake provider behind two profiles, as documents by path."""
    def profile(name, model, allowed):
        values = {"NAME": name, "MODEL": model, "ALLOWED": allowed, "PORT": str(port)}
        text = PROFILE
        for word, value in values.items():
            text = text.replace(word, value)
        return text
    return {
        "organization.toml": '[organization]\nid = "demo"\nhelp_url = "https://help.demo.example/ai"\n',
        "profiles/production.toml": profile("production", "gpt-5.5", '"gpt-5.5", "gpt-5.4"'),
        "profiles/staging.toml": profile("staging", "gpt-5.4-mini", '"gpt-5.4-mini"'),
    }
