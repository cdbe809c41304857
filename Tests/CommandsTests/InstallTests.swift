import ControlAPI
import Cryptography
import FoundationEssentials
import Model
import PolicyDocuments
import Synchronization
import Testing

@testable import Commands

@Suite struct InstallTests {
    /// A machine with a trust file and a fetched bundle.
    private func machine() async throws -> Machine {
        let machine = try Machine()
        try #require(await machine.signIn() == 0)
        let (code, trust, _) = await machine.output("trust", "show", "--toml")
        try #require(code == 0)
        try machine.home.write(trust, to: "etc/keyreeve/trust.toml")
        try #require(await fetch(machine) == 0)
        return machine
    }

    private func fetch(_ machine: Machine) async -> Int32 {
        await machine.run("config", "sync", "--enforced", "--out", machine.home.path + "/bundle")
    }

    private func install(_ machine: Machine, _ more: String...) async -> (code: Int32, output: String, errors: String) {
        let machine = machine.with(FakeConsole())
        let arguments = ["config", "install", machine.home.path + "/bundle"] + more
        let code = await Surroundings.$current.withValue(machine.surroundings) {
            await CommandLineRun.exitCode(arguments)
        }
        return (code, machine.console.output, machine.console.errors)
    }

    @Test func aFetchedConfigurationIsInstalledAndSwitchesProfilesByToken() async throws {
        let machine = try await machine()
        let requests = machine.server.state.withLock { $0.requests.count }
        let (code, output, errors) = await install(machine)
        #expect(code == 0, "\(errors)")
        #expect(output.contains("revision 1"))
        let text = try #require(machine.home.text("etc/codex/requirements.toml"))
        #expect(text.contains("model_provider = \"echo\""))
        #expect(text.contains("/active/echo"))
        #expect(text.contains("command = \"/usr/bin/keyreeve\""))
        #expect(try machine.home.mode("etc/codex/requirements.toml") == 0o644)
        #expect(machine.server.state.withLock { $0.requests.count } == requests)
        #expect(await install(machine).code == 0)
    }

    @Test func onlyTheOwnerOfTheSystemInstalls() async throws {
        let machine = try await machine()
        var surroundings = machine.surroundings
        surroundings.user = CurrentUser.id + 1
        let file = machine.home.path + "/bundle"
        let code = await Surroundings.$current.withValue(surroundings) {
            await CommandLineRun.exitCode(["config", "install", file])
        }
        #expect(code == 1)
        #expect(machine.console.errors.contains("sudo"))
        #expect(machine.home.text("etc/codex/requirements.toml") == nil)
    }

    @Test func anUnknownKeyIsRefused() async throws {
        let machine = try await machine()
        let other = try SigningKey().announced.publicKey
        let known = machine.server.state.withLock { $0.key.announced.publicKey }
        let trust = try #require(machine.home.text("etc/keyreeve/trust.toml"))
        try machine.home.write(trust.replacing(known, with: other), to: "etc/keyreeve/trust.toml")
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.contains("does not trust"))
        #expect(machine.home.text("etc/codex/requirements.toml") == nil)
    }

    @Test func anOlderBundleIsRefused() async throws {
        let machine = try await machine()
        let old = try #require(machine.home.text("bundle"))
        machine.server.change { $0.revision = 2 }
        // The bundle's content is the same, so the server has to be asked without the tag.
        try FileManager.default.removeItem(atPath: machine.home.path + "/" + Self.cache)
        #expect(await fetch(machine) == 0)
        #expect(await install(machine).code == 0)
        try machine.home.write(old, to: "bundle")
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.contains("newer configuration"))
    }

    @Test func anExpiredBundleIsRefused() async throws {
        let machine = try await machine()
        machine.server.change { $0.seconds += 3_600 + BundleJudge.tolerance + 1 }
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.contains("too old"))
    }

    @Test func aBundleForSomebodyElseIsRefused() async throws {
        let machine = try await machine()
        let trust = try #require(machine.home.text("etc/keyreeve/trust.toml"))
        let other = trust.replacing("user:\(machine.server.user)", with: "user:\(UserID.random())")
        try machine.home.write(other, to: "etc/keyreeve/trust.toml")
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.contains("somebody else"))
    }

    @Test func theUserFormIsNoEnforcedForm() async throws {
        let machine = try await machine()
        let file = InstallFile(configuration: try machine.server.signed(.user), profile: nil)
        try machine.home.write(String(decoding: try file.bytes(), as: UTF8.self), to: "bundle")
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.contains("somebody else"))
    }

    @Test func aChangedByteIsRefused() async throws {
        let machine = try await machine()
        var file = try InstallFile(bytes: Array(try #require(machine.home.text("bundle")).utf8))
        var payload = try #require(Base64URL.decode(file.configuration.bundle.payload))
        payload[payload.count / 2] ^= 1
        file.configuration.bundle.payload = Base64URL.encode(payload)
        try machine.home.write(String(decoding: try file.bytes(), as: UTF8.self), to: "bundle")
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.contains("signature"))
    }

    @Test(arguments: ["etc/codex/requirements.toml", "etc/codex", "etc/keyreeve/trust.toml", "etc/keyreeve"])
    func aSymbolicLinkIsNotFollowed(name: String) async throws {
        let machine = try await machine()
        let path = machine.home.path + "/" + name
        let elsewhere = machine.home.path + "/elsewhere"
        if FileManager.default.fileExists(atPath: path) {
            try FileManager.default.moveItem(atPath: path, toPath: elsewhere)
        } else if name.hasSuffix(".toml") {
            try machine.home.write("", to: name)
            try FileManager.default.moveItem(atPath: path, toPath: elsewhere)
        } else {
            try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: true)
        }
        let before = machine.home.files
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: elsewhere)
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.split(separator: "\n").count == 1)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == elsewhere)
        #expect(Set(machine.home.files).subtracting(before).subtracting([name]).allSatisfy { $0.hasPrefix(name) })
    }

    @Test(arguments: ["etc", "etc/codex", "etc/keyreeve", "etc/keyreeve/trust.toml"])
    func whatOthersCanChangeIsNotBelieved(name: String) async throws {
        let machine = try await machine()
        _ = await install(machine)
        try setMode(name.hasSuffix(".toml") ? 0o664 : 0o775, of: machine.home.path + "/" + name)
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.contains("can be changed by others"))
    }

    @Test func whatBelongsToSomebodyElseIsNotBelieved() async throws {
        let machine = try await machine()
        var surroundings = machine.surroundings
        // As if root ran it and the folders were a user's.
        surroundings.user = CurrentUser.id + 1
        surroundings.system = SystemPaths(
            codexFolder: machine.home.path + "/etc/codex",
            keyreeveFolder: machine.home.path + "/etc/keyreeve",
            owner: CurrentUser.id + 1
        )
        let file = machine.home.path + "/bundle"
        let code = await Surroundings.$current.withValue(surroundings) {
            await CommandLineRun.exitCode(["config", "install", file])
        }
        #expect(code == 1)
        #expect(machine.console.errors.contains("does not belong to root"))
    }

    @Test func somebodyElsesRequirementsAreNotLost() async throws {
        let machine = try await machine()
        try machine.home.write("# by hand\n", to: "etc/codex/requirements.toml")
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.contains("--replace"))
        #expect(machine.home.text("etc/codex/requirements.toml") == "# by hand\n")
        #expect(await install(machine, "--replace").code == 0)
    }

    @Test func withoutATrustFileNothingIsTrusted() async throws {
        let machine = try await machine()
        try FileManager.default.removeItem(atPath: machine.home.path + "/etc/keyreeve/trust.toml")
        let (code, _, errors) = await install(machine)
        #expect(code == 1)
        #expect(errors.contains("trust.toml"))
    }

    @Test(arguments: [
        "", "deployment = 1", "extra = true", "not toml", "keys = [\"x\"]", "audience = \"user:nobody\"",
    ])
    func aTrustFileIsReadStrictly(line: String) throws {
        let good = """
            deployment = "\(DeploymentID.random())"
            organization = "\(OrganizationID.random())"
            audience = "user:\(UserID.random())"
            keys = ["\(try SigningKey().announced.publicKey)"]

            """
        _ = try TrustFile(good)
        let key = line.prefix { $0.isLetter }
        let kept = good.split(separator: "\n").filter { key.isEmpty ? false : !$0.hasPrefix(key) }
        let text = (kept.map(String.init) + [line]).joined(separator: "\n")
        #expect(throws: CommandFailure.self) { try TrustFile(text) }
    }

    private static let cache = ".local/state/keyreeve/http_127.0.0.1_7400/demo/bundle-enforced.json"
}
