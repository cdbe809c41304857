import FoundationEssentials
import Model
import Policy
import PolicyDocuments
import Testing

@Suite struct RenderingTests {
    @Test func theUserFormIsOneFilePerProfile() throws {
        let files = try CodexUserConfiguration.render(
            try Samples.configuration(),
            active: Samples.production,
            command: Samples.command
        )
        #expect(files.keys.sorted() == ["config.toml", "staging.config.toml"])
        for (name, file) in files { try GoldenFile.expect("user-production/\(name)", file.text) }
    }

    @Test func anotherActiveProfileSwapsTheFiles() throws {
        let files = try CodexUserConfiguration.render(
            try Samples.configuration(),
            active: Samples.staging,
            command: Samples.command
        )
        #expect(files.keys.sorted() == ["config.toml", "production.config.toml"])
        let text = try #require(files["config.toml"]?.text)
        #expect(text.contains("https://relay.acme.example/staging/azure"))
        #expect(!text.contains("\nmodel = "))
        #expect(!text.hasPrefix("model = "))
        // A provider that speaks chat would keep Codex from starting.
        #expect(!text.contains("talker"))
    }

    @Test func theEnforcedFormSaysActive() throws {
        let files = try CodexRequirements.render(
            try Samples.configuration(),
            active: Samples.production,
            command: Samples.command
        )
        #expect(files.keys.sorted() == ["config.toml", "managed_config.toml", "requirements.toml"])
        for (name, text) in files { try GoldenFile.expect("enforced/\(name)", text) }
        #expect(files["requirements.toml"]?.contains("/production/") == false)
    }

    @Test func aLoginIsOnlyDeletedWhereTheDocumentSaysSo() throws {
        var configuration = try Samples.configuration()
        for index in configuration.profiles.indices { configuration.profiles[index].login.signOutOthers = false }
        let files = try CodexRequirements.render(
            configuration,
            active: Samples.production,
            command: Samples.command
        )
        #expect(files["managed_config.toml"] == nil)
        #expect(files["requirements.toml"]?.contains("allowed_login_methods = [\"api\"]") == true)
        let user = try CodexUserConfiguration.render(
            configuration,
            active: Samples.production,
            command: Samples.command
        )
        #expect(user["config.toml"]?.text.contains("forced_login_method") == false)
    }

    @Test func noRenderingNamesACredentialOrTheProviderBehindTheRelay() throws {
        let configuration = try Samples.configuration()
        let user = try CodexUserConfiguration.render(
            configuration,
            active: Samples.production,
            command: Samples.command
        )
        let enforced = try CodexRequirements.render(
            configuration,
            active: Samples.production,
            command: Samples.command
        )
        for text in user.values.map(\.text) + Array(enforced.values) {
            #expect(!text.contains("azure-prod"))
            #expect(!text.contains("openai.azure.com"))
        }
    }

    @Test(arguments: ["keyreeve", "./keyreeve", ""])
    func theCommandIsAnAbsolutePath(_ command: String) throws {
        let configuration = try Samples.configuration()
        #expect(throws: RenderingProblem.self) {
            try CodexUserConfiguration.render(configuration, active: Samples.production, command: command)
        }
        #expect(throws: RenderingProblem.self) {
            try CodexRequirements.render(configuration, active: Samples.production, command: command)
        }
    }

    @Test func aProfileThatIsNotOpenIsSaidSo() throws {
        let configuration = try Samples.configuration()
        let error = #expect(throws: RenderingProblem.self) {
            try CodexUserConfiguration.render(
                configuration,
                active: ProfileName(unchecked: "other"),
                command: Samples.command
            )
        }
        #expect(error?.message == "profile other is not open to you; there are: production, staging")
    }

    @Test func theCatalogueHasEveryFieldThatCodexRequires() throws {
        let effective = try #require(try Samples.policy().effective(profile: Samples.production))
        let provider = try #require(effective.providers[ProviderID(unchecked: "azure")])
        let bytes = CodexCatalog.render(effective, provider: provider)
        try GoldenFile.expect("catalog.json", String(decoding: bytes, as: UTF8.self) + "\n")
    }

    @Test func aProviderThatSpeaksChatOffersCodexNothing() throws {
        let effective = try #require(try Samples.policy().effective(profile: Samples.staging))
        let provider = try #require(effective.providers[ProviderID(unchecked: "talker")])
        #expect(CodexCatalog.render(effective, provider: provider) == Array(#"{"models":[]}"#.utf8))
    }
}
