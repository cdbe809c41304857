import FoundationEssentials
import PolicyDocuments
import Synchronization
import Testing

@testable import Commands

@Suite struct ConfigurationTests {
    private static let own = """
        # mine
        model = "my-model"
        approval_policy = "never"

        [mcp_servers.mine]
        command = "x"

        """

    private func machine() async throws -> Machine {
        let machine = try Machine()
        try #require(await machine.signIn() == 0)
        return machine
    }

    @Test func syncAndUnsyncRestoreEveryByte() async throws {
        let machine = try await machine()
        try machine.home.write(Self.own, to: ".codex/config.toml", mode: 0o640)
        #expect(await machine.run("config", "sync") == 0, "\(machine.console.errors)")
        let synced = try #require(machine.home.text(".codex/config.toml"))
        #expect(synced.contains("model = \"gpt-5.4-production\""))
        #expect(synced.contains("approval_policy = \"never\""))
        #expect(synced.contains("\"--server\", \"\(FakeServer.address)\""))
        #expect(synced.contains("command = \"/usr/bin/keyreeve\""))
        #expect(machine.home.text(".codex/staging.config.toml")?.contains("gpt-5.4-staging") == true)
        #expect(try machine.home.mode(".codex/config.toml") == 0o640)
        #expect(try machine.home.mode(".codex/staging.config.toml") == 0o600)
        #expect(await machine.run("config", "status") == 0)
        #expect(await machine.run("config", "unsync") == 0)
        #expect(machine.home.text(".codex/config.toml") == Self.own)
        #expect(machine.home.text(".codex/staging.config.toml") == nil)
    }

    @Test func aSecondSyncChangesNothingAndIsAskedByETag() async throws {
        let machine = try await machine()
        _ = await machine.run("config", "sync")
        let before = machine.home.text(".codex/config.toml")
        let (code, output, _) = await machine.output("config", "sync")
        #expect(code == 0)
        #expect(output.contains("up to date"))
        #expect(machine.home.text(".codex/config.toml") == before)
        #expect(machine.server.state.withLock { $0.etagHits } == 1)
    }

    @Test func statusSeesAnEditedFile() async throws {
        let machine = try await machine()
        _ = await machine.run("config", "sync")
        let text = try #require(machine.home.text(".codex/config.toml"))
        try machine.home.write(text.replacing("gpt-5.4-production", with: "other"), to: ".codex/config.toml")
        let (code, _, errors) = await machine.output("config", "status")
        #expect(code == 1)
        #expect(errors.contains("config.toml"))
        #expect(errors.contains("keyreeve config sync"))
    }

    @Test func aProfileThatWentLeavesNoFile() async throws {
        let machine = try await machine()
        _ = await machine.run("config", "sync")
        machine.server.change {
            $0.profiles = ["production"]
            $0.revision += 1
        }
        #expect(await machine.run("config", "sync") == 0)
        #expect(machine.home.text(".codex/staging.config.toml") == nil)
    }

    @Test func profileUseWritesTheFilesAgain() async throws {
        let machine = try await machine()
        _ = await machine.run("config", "sync")
        #expect(await machine.run("profile", "use", "staging") == 0, "\(machine.console.errors)")
        #expect(machine.home.text(".codex/config.toml")?.contains("gpt-5.4-staging") == true)
        #expect(machine.home.text(".codex/production.config.toml") != nil)
        #expect(machine.home.text(".codex/staging.config.toml") == nil)
        #expect(await machine.output("token").output == "relay-staging-1\n")
        #expect(await machine.output("profile", "list").output.contains("*  staging"))
    }

    @Test func anUnknownProfileIsRefusedWithThoseThereAre() async throws {
        let machine = try await machine()
        let (code, _, errors) = await machine.output("profile", "use", "nowhere")
        #expect(code == 1)
        #expect(errors.contains("production, staging"))
    }

    @Test func aBrokenFileIsLeftAlone() async throws {
        let machine = try await machine()
        try machine.home.write("model = \n", to: ".codex/config.toml")
        let (code, _, errors) = await machine.output("config", "sync")
        #expect(code == 1)
        #expect(errors.contains("config.toml"))
        #expect(machine.home.text(".codex/config.toml") == "model = \n")
        #expect(machine.home.text(".codex/staging.config.toml") == nil)
    }

    @Test func aLinkedFileIsWrittenWhereItIs() async throws {
        let machine = try await machine()
        try machine.home.write("# dotfiles\n", to: "dotfiles/codex.toml")
        try machine.home.write("", to: ".codex/other")
        let link = machine.home.path + "/.codex/config.toml"
        let target = machine.home.path + "/dotfiles/codex.toml"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        #expect(await machine.run("config", "sync") == 0, "\(machine.console.errors)")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
        #expect(machine.home.text("dotfiles/codex.toml")?.contains("gpt-5.4-production") == true)
        #expect(await machine.run("config", "unsync") == 0)
        #expect(machine.home.text("dotfiles/codex.toml") == "# dotfiles\n")
    }

    @Test func anOlderConfigurationIsRefused() async throws {
        let machine = try await machine()
        machine.server.change { $0.revision = 7 }
        _ = await machine.run("config", "sync")
        machine.server.change {
            $0.revision = 6
            $0.profiles = ["staging"]
        }
        let (code, _, errors) = await machine.output("config", "sync")
        #expect(code == 1)
        #expect(errors.contains("newer configuration"))
    }

    @Test func aStaleConfigurationIsRefused() async throws {
        let machine = try await machine()
        machine.server.change { $0.freshFor = -120 }
        let (code, _, errors) = await machine.output("config", "sync")
        #expect(code == 1)
        #expect(errors.contains("too old"))
        #expect(machine.home.text(".codex/config.toml") == nil)
    }

    @Test func showWorksOfflineFromWhatWasVerified() async throws {
        let machine = try await machine()
        _ = await machine.run("config", "sync")
        machine.server.change { $0.isUnreachable = true }
        let (code, output, errors) = await machine.output("config", "show")
        #expect(code == 0, "\(errors)")
        #expect(output.contains("[model_providers.echo]"))
        #expect(errors.contains("cannot be reached"))
    }

    @Test func aPlanWritesOnlyWhatChanges() throws {
        let file = RenderedFile(keys: "model = \"a\"\n", tables: "")
        let first = try SyncPlan(rendered: ["config.toml": file], existing: [:], managedBefore: [])
        guard case .write(let text) = first.changes["config.toml"] else {
            Issue.record("it should write")
            return
        }
        let texts = ["config.toml": text]
        let second = try SyncPlan(rendered: ["config.toml": file], existing: texts, managedBefore: first.managed)
        #expect(second.changes.isEmpty)
        let gone = try SyncPlan(rendered: [:], existing: texts, managedBefore: first.managed)
        #expect(gone.changes == ["config.toml": .delete])
    }
}
