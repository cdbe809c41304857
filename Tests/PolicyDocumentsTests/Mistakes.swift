/// Documents with every kind of mistake, for the golden file of diagnostics.
enum Mistakes {
    static let documents: [String: String] = [
        "organization.toml": """
        [organisation]
        id = "acme"

        [session]
        store = "keychain"
        relay_token_minutes = 60
        assertion_hour = 3

        [audit_headers]
        x-request = "{request}"
        Authorization = "{user}"
        x-tag = "acme"

        """,
        "profiles/production.toml": """
        # A comment, so that lines are not what they seem
        model = "gpt-5"

        [profile]
        id = "prod"
        groups = "engineering"

        [codex]
        model_provider = "azur"
        approval_policy = "sometimes"
        mcp_servers = { x = { command = "sh" } }
        model_reasoning_efort = "low"

        [models]
        default = "gpt-5.4"
        allow = ["gpt-5.5"]
        catalog = [
            { id = "gpt-5.5", context_window = "big" },
            { display_name = "Nameless" },
        ]

        [model_providers.openai]
        name = "Mine"

        [model_providers.azure]
        name = "OpenAI"
        baseurl = "https://acme.openai.azure.com/openai"
        wire_api = "response"
        env_key = 5

        [model_providers.azure.broker]
        acess = "relay"

        [model_providers.second]
        name = "Second"
        base_url = "https://second.example/v1/responses?api-version=1"
        request_max_retries = 1000
        experimental_bearer_token = "sk-never-shown"

        [model_providers.third]
        name = "Third"
        base_url = "https://third.example/v1"

        [audit_headers]
        x-tag = "mine"

        """,
        "profiles/staging.toml": """
        [profile
        id = "staging"

        """,
        "profiles/chatty.toml": """
        [profile]
        id = "chatty"

        [codex]
        model_provider = "talker"

        [model_providers.talker]
        name = "Talker"
        base_url = "https://talker.example/v1"
        wire_api = "chat"
        broker = { access = "relay", credential = "talker" }

        """,
        "groups/one.toml": """
        [group]
        id = "one"
        precedence = 1

        [session]
        store = "file"

        """,
        "groups/two.toml": """
        [group]
        id = "two"
        precedence = 1

        [codex]
        allowed_login_methods = ["sso"]

        """,
        "notes.txt": "",
    ]
}
