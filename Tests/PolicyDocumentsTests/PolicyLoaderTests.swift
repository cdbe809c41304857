import Model
import Policy
import PolicyDocuments
import Testing

@Suite struct PolicyLoaderTests {
    private func load(_ profile: String, egress: EgressRules = .strict) -> LoadOutcome {
        let files = ["organization.toml": "[organization]\n", "profiles/p.toml": "[profile]\nid = \"p\"\n" + profile]
        return PolicyLoader.load(files: files, egress: egress)
    }

    private func provider(_ lines: String, broker: String = "access = \"relay\"\ncredential = \"key\"") -> String {
        "[model_providers.org]\n\(lines)\n[model_providers.org.broker]\n\(broker)\n"
    }

    @Test func theDemoLoadsWithoutARemark() throws {
        let files = try PolicyFolder.documents("demo")
        #expect(files.count == 4)
        let outcome = PolicyLoader.load(
            files: files,
            organization: OrganizationName(unchecked: "demo"),
            egress: .development
        )
        #expect(outcome.diagnostics.map(\.description) == [])
        let policy = try #require(outcome.policy)
        let production = try #require(policy.effective(profile: ProfileName(unchecked: "production")))
        let staging = try #require(policy.effective(profile: ProfileName(unchecked: "staging")))
        #expect(production.defaultModel == "gpt-5.5")
        #expect(staging.defaultModel == "gpt-5.4-mini")
        #expect(production.model == nil)
        #expect(!staging.allowedModels.allows("gpt-5.5"))
        #expect(production.providers.values.first?.broker.credential?.text == "echo-key")
        #expect(production.auditHeaders.map(\.name) == ["x-keyreeve-origin", "x-keyreeve-request-id"])
    }

    @Test func theDemoIsRefusedWhereTheOperatorDoesNotAllowLoopback() throws {
        let outcome = PolicyLoader.load(files: try PolicyFolder.documents("demo"))
        #expect(outcome.policy == nil)
        #expect(outcome.diagnostics.contains { $0.message.contains("operator does not allow") && $0.line != nil })
    }

    @Test func thePlatformLayerLoadsAboveAnOrganization() throws {
        var files = try PolicyFolder.documents("demo")
        for (path, text) in try PolicyFolder.documents("platform") { files["platform/\(path)"] = text }
        let outcome = PolicyLoader.load(files: files, egress: .development)
        #expect(outcome.diagnostics.map(\.description) == [])
        #expect(outcome.policy?.platform.count == 1)
        #expect(outcome.policy?.organizationSettings.refreshLifetime == 2_592_000)
    }

    @Test func everyRecipeIsPastedAsItIs() throws {
        let recipes = try PolicyFolder.documents("recipes")
        #expect(recipes.count >= 4)
        for (path, text) in recipes {
            // A chat provider cannot be what Codex uses, so another one is chosen beside it.
            let other = """
                [codex]
                model_provider = "main"
                [models]
                default = "m"
                [[models.catalog]]
                id = "m"
                [model_providers.main]
                name = "Main"
                base_url = "https://main.example/v1"
                [model_providers.main.broker]
                access = "relay"
                credential = "main"

                """
            let outcome = load(other + text, egress: .development)
            #expect(outcome.diagnostics.map(\.description) == [], "\(path)")
            #expect(outcome.policy != nil, "\(path)")
        }
    }

    @Test func aCredentialForAnotherHostIsAnErrorAtTheProvidersLine() throws {
        let name = CredentialName(unchecked: "key")
        func diagnostics(_ url: String, _ stored: [CredentialName: CredentialDestinations]?) -> [Diagnostic] {
            let profile = provider("name = \"X\"\nbase_url = \"\(url)\"")
            let files = [
                "organization.toml": "[organization]\n",
                "profiles/p.toml": "[profile]\nid = \"p\"\n" + profile,
            ]
            return PolicyLoader.load(files: files, credentials: stored).diagnostics.filter {
                $0.message.contains("credential key")
            }
        }
        let stored = [name: try CredentialDestinations.parse(["https://acme.openai.azure.com"]).get()]
        let found = try #require(diagnostics("https://evil.example/v1", stored).first)
        #expect(found.severity == .error)
        #expect(found.file == "profiles/p.toml" && found.line == 3)
        #expect(found.message.hasPrefix("credential key may only go to https://acme.openai.azure.com, not to "))
        #expect(found.message.contains("organization-admin to run `keyreeve credential set key --for https://evil."))
        #expect(diagnostics("https://acme.openai.azure.com/openai", stored).isEmpty)
        #expect(diagnostics("https://evil.example/v1", [name: .none]).map(\.severity) == [.error])
        #expect(diagnostics("https://evil.example/v1", [:]).map(\.severity) == [.warning])
        // A revision in force is compiled whatever became of the credential; the lease refuses.
        #expect(diagnostics("https://evil.example/v1", nil).isEmpty)
    }

    /// A table that another layer replaces for everybody today is checked too.
    @Test func everyLayersProvidersAreChecked() throws {
        let files = [
            "organization.toml": "[organization]\n" + provider("name = \"X\"\nbase_url = \"https://evil.example\""),
            "profiles/p.toml": "[profile]\nid = \"p\"\n"
                + provider("name = \"X\"\nbase_url = \"https://acme.openai.azure.com\""),
        ]
        let stored = try CredentialDestinations.parse(["https://*.openai.azure.com"]).get()
        let outcome = PolicyLoader.load(files: files, credentials: [CredentialName(unchecked: "key"): stored])
        #expect(outcome.policy == nil)
        #expect(outcome.diagnostics.filter { $0.severity == .error }.map(\.file) == ["organization.toml"])
    }

    @Test func everyErrorComesAtOnceWithItsPlaceAndWhatToWrite() throws {
        let outcome = PolicyLoader.load(files: Mistakes.documents, organization: Samples.organization)
        #expect(outcome.policy == nil)
        try GoldenFile.expect(
            "mistakes.txt",
            outcome.diagnostics.map { "\($0)\n" }.joined()
        )
    }

    @Test func codexsOwnSentencesAreUsed() {
        let cases: [(String, String)] = [
            ("base_url = \"https://x.example\"", "model_providers.org: provider name must not be empty"),
            (
                "name = \"X\"\nbase_url = \"https://x.example\"\nenv_key = \"K\"\nauth = { command = \"c\" }",
                "model_providers.org: provider auth cannot be combined with env_key"
            ),
            (
                "name = \"X\"\nbase_url = \"https://x.example\"\nauth = { command = \" \" }",
                "model_providers.org: provider auth.command must not be empty"
            ),
            (
                "name = \"X\"\nbase_url = \"https://x.example\"\nauth = { command = \"c\", timeout_ms = 0 }",
                "invalid value: integer `0`, expected a nonzero u64"
            ),
            (
                "name = \"X\"\nbase_url = \"https://x.example\"\naws = { region = \"r\" }",
                "model_providers.org: provider aws is only supported for `amazon-bedrock` or `amazon-bedrock-runtime`"
            ),
        ]
        for (lines, sentence) in cases {
            let found = load(provider(lines)).diagnostics.filter { $0.severity == .error }.map(\.message)
            #expect(found.contains(sentence), "\(found)")
        }
        let reserved = load("[model_providers.openai]\nname = \"x\"\n").diagnostics.map(\.message)
        let sentence =
            "model_providers contains reserved built-in provider IDs: `openai`. Built-in providers cannot be "
            + "overridden. Rename your custom provider (for example, `openai-custom`)."
        #expect(reserved.contains(sentence))
    }

    @Test(arguments: [
        "experimental_bearer_token = \"sk-123\"", "api_key = \"sk-123\"", "http_headers = { Authorization = \"x\" }",
        "http_headers = { api-key = \"x\" }", "auth = { command = \"/bin/sh\" }",
    ])
    func neitherSecretsNorProgramsStandInADocument(_ line: String) {
        let outcome = load(provider("name = \"X\"\nbase_url = \"https://x.example\"\n\(line)"))
        #expect(outcome.policy == nil)
        #expect(!outcome.diagnostics.contains { $0.description.contains("sk-123") })
    }

    @Test(arguments: ["notify = [\"sh\"]", "hooks = {}", "mcp_servers = {}", "plugins = {}", "marketplaces = {}"])
    func keysThatExecuteAreRefused(_ line: String) {
        let outcome = load("[codex]\n\(line)\n")
        #expect(outcome.policy == nil)
        #expect(outcome.diagnostics.contains { $0.message.contains("not handed out") && $0.line == 4 })
    }

    @Test(arguments: [
        "https://169.254.169.254/latest", "http://public.example/v1", "https://10.0.0.1/v1", "https://127.0.0.1/v1",
        "https://localhost/v1", "https://0x7f.1/v1", "https://[::ffff:127.0.0.1]/",
    ])
    func placesThatAreNoProvidersAreRefused(_ url: String) {
        let outcome = load(provider("name = \"X\"\nbase_url = \"\(url)\""))
        #expect(outcome.policy == nil)
        #expect(outcome.diagnostics.contains { $0.key == "model_providers.org.base_url" && $0.line == 5 })
    }

    @Test func evenTheDevelopmentRulesKeepMetadataAddressesOut() {
        let outcome = load(provider("name = \"X\"\nbase_url = \"http://169.254.169.254/\""), egress: .development)
        #expect(outcome.policy == nil)
    }

    @Test(arguments: [
        "a = \"\u{0}\"", "a = \"\\u0000\"", "x", "[[", String(repeating: "[", count: 5_000), "a = 1\na = 2",
        "\u{FEFF}=",
        "a = {b = 1\n", "'''",
    ])
    func aTextThatIsNoTOMLIsRefusedAndNothingElseHappens(_ text: String) {
        let outcome = PolicyLoader.load(files: ["organization.toml": text])
        #expect(outcome.policy == nil)
        #expect(outcome.diagnostics.hasErrors)
    }

    @Test func aFileThatIsTooLargeIsRefused() {
        let text = "# " + String(repeating: "x", count: 1 << 20)
        #expect(PolicyLoader.load(files: ["organization.toml": text]).policy == nil)
    }

    @Test(arguments: [
        "README.md", "profiles/active.toml", "profiles/Bad Name.toml", "users/ada.toml", "tests/first.toml",
        "profiles/a/b.toml", "../organization.toml", "other.toml", "platform/../x.toml",
    ])
    func filesThatMeanNothingAreRefused(_ path: String) {
        let outcome = PolicyLoader.load(files: ["organization.toml": "", path: ""])
        #expect(outcome.diagnostics.contains { $0.file == path && $0.severity == .error })
    }

    @Test func withoutItsOwnDocumentThereIsNoOrganization() {
        #expect(PolicyLoader.load(files: [:]).policy == nil)
    }

    @Test func theDigestIsOverPathsAndBytes() {
        let first = PolicyLoader.digest(of: ["a": "b", "c": "d"])
        #expect(first == PolicyLoader.digest(of: ["c": "d", "a": "b"]))
        #expect(first != PolicyLoader.digest(of: ["a": "b\n", "c": "d"]))
        #expect(first != PolicyLoader.digest(of: ["a": "bc", "d": ""]))
    }

    @Test func aPersonalHeaderIsToldWithTheVendorThatSeesIt() {
        let outcome = load(
            provider("name = \"X\"\nbase_url = \"https://vendor.example\"") + "[audit_headers]\nx-who = \"{user}\"\n"
        )
        #expect(outcome.policy != nil)
        #expect(outcome.diagnostics.contains { $0.severity == .warning && $0.message.contains("vendor.example") })
    }

    private static let vendor = "name = \"X\"\nbase_url = \"https://vendor.example\"\n"
    private static let broker = "access = \"relay\"\ncredential = \"key\"\n"

    @Test func aRelayedProviderReadsOnlyVariablesOfTheServerThatTheOperatorNames() {
        let text = provider(Self.vendor + "env_http_headers = { OpenAI-Organization = \"OPENAI_ORG\" }")
        let refused = load(text)
        #expect(refused.policy == nil)
        #expect(
            refused.diagnostics.contains { $0.message.contains("OPENAI_ORG") && $0.fix?.contains("operator") == true }
        )
        var egress = EgressRules.strict
        egress.environmentNames = ["OPENAI_ORG"]
        #expect(load(text, egress: egress).policy != nil)
    }

    @Test func aCABundleIsOneThatTheOperatorRegisteredAndNeverAPath() {
        var egress = EgressRules.strict
        egress.certificateBundles = ["internal"]
        for (value, isKnown) in [("internal", true), ("internals", false), ("/etc/ssl/ca.pem", false)] {
            let text = provider(Self.vendor, broker: Self.broker + "ca_bundle = \"\(value)\"")
            let outcome = load(text, egress: egress)
            #expect((outcome.policy != nil) == isKnown, "\(outcome.diagnostics)")
        }
    }

    @Test func planNamesTheVendorThatIsToldOfSessionsOrOfPeople() {
        let text = provider(Self.vendor, broker: Self.broker + "forward_client_metadata = true")
        let outcome = load(text + "[audit_headers]\nx-teams = \"{groups}\"\n")
        let warnings = outcome.diagnostics.filter { $0.severity == .warning }.map(\.message)
        #expect(warnings.contains { $0.contains("vendor.example which sessions") }, "\(warnings)")
        #expect(warnings.contains { $0.contains("header x-teams tells vendor.example who is asking") }, "\(warnings)")
    }

    @Test(arguments: [
        "http_headers = { x_team = \"a\" }", "http_headers = { x-team = \"\" }", "http_headers = { x-team = \" a\" }",
        "http_headers = { Connection = \"x\" }", "http_headers = { Proxy-X = \"x\" }", "http_headers = { te = \"x\" }",
        "http_headers = { x-goog-api-key = \"x\" }", "http_headers = { x-team = \"a\\r\\nb: c\" }",
    ])
    func aHeaderThatTheRelayCouldNotSendIsRefusedInTheDocument(line: String) {
        let outcome = load(provider(Self.vendor + line))
        #expect(outcome.policy == nil)
    }

    @Test func aUsersDocumentIsNamedByTheirId() throws {
        let id = UserID.random()
        var files = Samples.documents
        files["users/\(id).toml"] = "[user]\nid = \"\(id)\"\n[codex]\nmodel = \"gpt-5.5\"\n"
        let outcome = PolicyLoader.load(files: files)
        #expect(outcome.diagnostics.filter { $0.severity == .error } == [])
        let merged = outcome.policy?.effective(profile: Samples.staging, user: id)
        #expect(merged?.model == "gpt-5.5")
        #expect(merged?.provenance["codex.model"]?.layer == .user)
        #expect(merged?.provenance["codex.model"]?.line == 4)
    }
}
