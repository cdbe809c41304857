import PolicyDocuments
import Testing

@Suite struct ConfigurationFileEditorTests {
    private let rendered = RenderedFile(
        keys: "model_provider = \"echo\"\n",
        tables: "[features]\nfast = true\n\n[model_providers.echo]\nname = \"Echo\"\nbase_url = \"https://r/p/echo\"\n"
    )

    private static let ownFiles = [
        "", "\n", "model = \"mine\"", "model = \"mine\"\n\n\n", "# only a comment", "\u{FEFF}model = \"x\"\n",
        "model = \"x\"\r\n[tui]\r\ntheme = \"dark\"\r\n",
        "model_provider = \"old\" # why\n[model_providers.old]\nname = \"Old\"\n",
        "model_provider = 'old'",
        "\u{FEFF}model_provider = 'old'\nx = 1",
        "[model_providers.echo]\nname = \"Mine\"\n# a comment inside\n\n[model_providers.echo.auth]\ncommand = \"x\"\n[z]\na = 1\n",
        "model_providers.echo.name = \"a\"\nmodel_providers.other.name = \"b\"\n",
        "model_providers = { echo = { name = \"a\" }, other = { name = \"b\" } }\n",
        "[model_providers]\necho = { name = \"a\" }\n",
        "[features]\nslow = true\n[profiles.x]\nmodel = \"y\"\n",
        "features.slow = true\n",
        "notes = \"\"\"\nmodel_provider = \"not a key\"\n[features]\n\"\"\"\n",
        "model_provider = \"\"\"\nacross\nlines\"\"\"\nn = 1\n",
        "x = nan\nd = 1979-05-27\n[[rows]]\na = 1\n[[rows]]\na = 2",
    ]

    @Test(arguments: ownFiles)
    func whatWasThereComesBackByteForByte(_ own: String) throws {
        let merged = try ConfigurationFileEditor.merge(rendered, into: own)
        #expect(ConfigurationFileEditor.isManaged(merged))
        #expect(merged.contains("base_url = \"https://r/p/echo\""))
        let restored = try ConfigurationFileEditor.restore(merged)
        #expect(Array(restored.text.utf8) == Array(own.utf8))
        #expect(!restored.wasCreatedByUs)
    }

    @Test(arguments: ownFiles)
    func writingTwiceIsWritingOnce(_ own: String) throws {
        let once = try ConfigurationFileEditor.merge(rendered, into: own)
        #expect(try ConfigurationFileEditor.merge(rendered, into: once) == once)
        let other = RenderedFile(keys: "model = \"new\"\n", tables: "")
        let changed = try ConfigurationFileEditor.merge(other, into: once)
        #expect(try ConfigurationFileEditor.merge(other, into: own) == changed)
        #expect(Array(try ConfigurationFileEditor.restore(changed).text.utf8) == Array(own.utf8))
    }

    @Test func aConflictingLineIsCommentedOutAndNothingElse() throws {
        let own = "# mine\nmodel_provider = \"old\" # why\nmodel = \"m\"\n\n[tui]\ntheme = \"x\"\n"
        try GoldenFile.expect("editor/merged.toml", try ConfigurationFileEditor.merge(rendered, into: own))
    }

    @Test func aFileThatWeMadeIsKnownAsOurs() throws {
        let merged = try ConfigurationFileEditor.merge(rendered, into: nil)
        let restored = try ConfigurationFileEditor.restore(merged)
        #expect(restored.text.isEmpty)
        #expect(restored.wasCreatedByUs)
        let again = try ConfigurationFileEditor.merge(rendered, into: merged)
        #expect(try ConfigurationFileEditor.restore(again).wasCreatedByUs)
        // What somebody added to it in the meantime stays.
        let extended = merged + "[mine]\na = 1\n"
        #expect(try ConfigurationFileEditor.restore(extended).text == "[mine]\na = 1\n")
    }

    @Test func aFileWithoutOurBlocksIsLeftAlone() throws {
        let own = "#keyreeve-off# model = \"x\"\n"
        #expect(!ConfigurationFileEditor.isManaged(own))
        #expect(try ConfigurationFileEditor.restore(own).text == own)
    }

    @Test(arguments: [
        "model = ", "[a]\n[a]\n", "#keyreeve-off# x = 1\n", "# <<< keyreeve keys <<<\n",
        "# >>> keyreeve keys: half a block >>>\nx = 1\n", "x = \"\\u0000\"\n",
    ])
    func aFileThatCannotBeEditedSafelyIsRefused(_ own: String) {
        #expect(throws: ConfigurationFileEditor.Problem.self) {
            try ConfigurationFileEditor.merge(rendered, into: own)
        }
    }

    @Test func aBlockSomebodyEditedIsReplacedAsAWhole() throws {
        let merged = try ConfigurationFileEditor.merge(rendered, into: "a = 1\n")
        let meddled = merged.replacing("https://r/p/echo", with: "https://elsewhere/")
        #expect(try ConfigurationFileEditor.merge(rendered, into: meddled) == merged)
    }

    @Test func whatTheRelayRendersForTheSampleGoesIntoAnyFile() throws {
        let files = try CodexUserConfiguration.render(
            try Samples.configuration(),
            active: Samples.production,
            command: Samples.command
        )
        for file in files.values {
            for own in Self.ownFiles {
                let merged = try ConfigurationFileEditor.merge(file, into: own)
                #expect(Array(try ConfigurationFileEditor.restore(merged).text.utf8) == Array(own.utf8))
            }
        }
    }
}
