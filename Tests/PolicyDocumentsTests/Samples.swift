import FoundationEssentials
import Model
import Policy
import PolicyDocuments

/// Documents and configurations that several tests use.
enum Samples {
    static let organization = OrganizationName(unchecked: "acme")
    static let production = ProfileName(unchecked: "production")
    static let staging = ProfileName(unchecked: "staging")
    static let engineer = UserID(UUID())

    static let documents: [String: String] = [
        "organization.toml": """
        [organization]
        id = "acme"
        help_url = "https://help.acme.example/ai"

        [session]
        relay_token_minutes = 5

        [codex]
        cli_auth_credentials_store = "keyring"
        features = { web_search_request = false }

        [model_providers.public]
        name = "Public"
        base_url = "https://public.example/v1"
        env_key = "PUBLIC_KEY"
        query_params = { "api version" = "1" }
        http_headers = { x-team = "tools \\"quoted\\"" }

        [model_providers.public.broker]
        access = "direct"

        """,
        "profiles/production.toml": """
        [profile]
        id = "production"
        groups = ["engineering"]

        [codex]
        model = "gpt-5.5"
        model_provider = "azure"
        forced_login_method = "api"

        [login]
        sign_out_others = true

        [models]
        allow = ["gpt-5*"]

        [[models.catalog]]
        id = "gpt-5.5"
        display_name = "GPT-5.5"
        reasoning_levels = ["low", "medium", "high", "xhigh"]

        [model_providers.azure]
        name = "Azure OpenAI"
        base_url = "https://acme.openai.azure.com/openai"
        query_params = { api-version = "2025-04-01-preview" }
        wire_api = "responses"
        request_max_retries = 4
        stream_max_retries = 10

        [model_providers.azure.broker]
        access = "relay"
        credential = "azure-prod"

        """,
        "profiles/staging.toml": """
        [profile]
        id = "staging"

        [codex]
        model_provider = "azure"

        [models]
        default = "small"

        [[models.catalog]]
        id = "small"
        reasoning_levels = []

        [model_providers.azure]
        name = "Azure OpenAI (staging)"
        base_url = "https://acme-staging.openai.azure.com/openai"

        [model_providers.azure.broker]
        access = "relay"
        credential = "azure-staging"

        [model_providers.talker]
        name = "Talker"
        base_url = "https://talker.example/v1"
        wire_api = "chat"

        [model_providers.talker.broker]
        access = "relay"
        credential = "talker"

        """,
        "groups/engineering.toml": """
        [group]
        id = "engineering"
        precedence = 10

        [codex]
        model_reasoning_effort = "high"

        """,
    ]

    static func policy() throws -> PolicySet {
        let outcome = PolicyLoader.load(files: documents, organization: organization)
        guard let policy = outcome.policy else {
            throw Problem(text: outcome.diagnostics.map(\.description).joined(separator: "\n"))
        }
        return policy
    }

    struct Problem: Error {
        let text: String
    }

    static func snapshot() throws -> OrganizationSnapshot {
        OrganizationSnapshot(
            id: OrganizationID(UUID()),
            name: organization,
            changeVersion: 12,
            revision: 3,
            policy: try policy(),
            members: [
                engineer: Member(groups: [GroupName(unchecked: "engineering")], roles: [.developer], active: true)
            ]
        )
    }

    static func configuration() throws -> ClientConfiguration {
        try snapshot().clientConfiguration(
            for: .user(engineer),
            server: "https://keyreeve.acme.example/",
            relay: "https://relay.acme.example"
        )
    }

    static let command = "/usr/bin/keyreeve"
}
