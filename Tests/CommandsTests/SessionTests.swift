import ControlAPI
import ControlClient
import Model
import Testing

@testable import Commands

@Suite struct SessionTests {
    private static let folder = ".local/state/keyreeve/http_127.0.0.1_7400/demo"

    @Test func withoutAKeyringTheSessionIsAFileForTheOwnerAlone() async throws {
        let machine = try Machine()
        #expect(await machine.signIn() == 0)
        #expect(try machine.home.mode(Self.folder + "/session.json") == 0o600)
        #expect(try machine.home.mode(Self.folder + "/account.json") == 0o600)
        for folder in [".local/state/keyreeve", ".local/state/keyreeve/http_127.0.0.1_7400", Self.folder] {
            #expect(try machine.home.mode(folder) == 0o700)
        }
        #expect(!machine.home.files.contains { $0.hasSuffix(".tmp") || $0.hasSuffix(".new") })
    }

    @Test func withAKeyringNoSecretTouchesAFile() async throws {
        let machine = try Machine(vault: .open)
        #expect(await machine.signIn() == 0)
        #expect(await machine.run("token") == 0)
        #expect(machine.vault.count == 1)
        for file in machine.home.files {
            let text = machine.home.text(file) ?? ""
            for secret in ["refresh-0", "assertion-0", "relay-"] { #expect(!text.contains(secret), "\(file)") }
        }
    }

    @Test func aLockedKeyringIsNotReplacedByAFile() async throws {
        let machine = try Machine(vault: .locked)
        #expect(await machine.signIn() == 1)
        #expect(machine.console.errors.contains("keyring is locked"))
        #expect(machine.home.text(Self.folder + "/session.json") == nil)
    }

    @Test func policyCanForbidTheFile() async throws {
        let machine = try Machine()
        machine.server.change { $0.store = .keyring }
        #expect(await machine.signIn() == 1)
        #expect(machine.console.errors.contains("keyring cannot be used"))
        #expect(machine.home.text(Self.folder + "/session.json") == nil)
    }

    @Test func aSessionForMemoryNeedsAPlaceInMemory() async throws {
        let machine = try Machine()
        machine.server.change { $0.store = .ephemeral }
        #expect(await machine.signIn() == 1)
        #expect(machine.console.errors.contains("XDG_RUNTIME_DIR"))
    }

    @Test func tokenPrintsOneLineAndAsksTheServerOnce() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let first = await machine.output("token")
        let second = await machine.output("token")
        #expect(first.code == 0)
        #expect(first.output == "relay--1\n")
        #expect(second.output == first.output)
        #expect(first.errors.isEmpty)
        #expect(machine.server.count(of: "/v1/relay-tokens") == 1)
    }

    @Test func aCachedTokenNeedsNoNetwork() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        _ = await machine.run("token")
        machine.server.change { $0.isUnreachable = true }
        let (code, output, _) = await machine.output("token")
        #expect(code == 0)
        #expect(output == "relay--1\n")
    }

    @Test func aTokenInItsLastThirdBridgesAnOutage() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        _ = await machine.run("token")
        machine.server.change {
            $0.isUnreachable = true
            $0.seconds += 590
        }
        #expect(await machine.output("token").code == 0)
        machine.server.change { $0.seconds += 20 }
        let (code, output, errors) = await machine.output("token")
        #expect(code == 1)
        #expect(output.isEmpty)
        #expect(errors.split(separator: "\n").count == 1)
        #expect(errors.contains("cannot be reached"))
    }

    @Test func aFailureIsRememberedForTwoSeconds() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        machine.server.change { $0.outages["/v1/relay-tokens"] = machine.server.problem(.profileNotAllowed) }
        let first = await machine.output("token")
        let second = await machine.output("token")
        #expect(first.code == 1)
        #expect(second.errors == first.errors)
        #expect(machine.server.count(of: "/v1/relay-tokens") == 1)
        // Another profile is another question.
        _ = await machine.output("token", "--profile", "staging")
        #expect(machine.server.count(of: "/v1/relay-tokens") == 2)
        machine.server.change { $0.seconds += 2 }
        _ = await machine.output("token")
        #expect(machine.server.count(of: "/v1/relay-tokens") == 3)
    }

    @Test func fiftyAtOnceOnRealFilesAndLocksRefreshOnce() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        machine.server.change { $0.seconds += $0.sessions.assertionLife * 4 / 5 }
        let results = await withTaskGroup(of: (Int32, String).self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let result = await machine.output("token")
                    return (result.code, result.output)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count == 50)
        #expect(results.allSatisfy { $0.0 == 0 && $0.1 == "relay--1\n" })
        #expect(machine.server.count(of: "/v1/sessions/refresh") == 1)
        #expect(machine.server.count(of: "/v1/relay-tokens") == 1)
    }

    @Test func aRefreshThatReachedTheServerButNotUsSignsNobodyOut() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        machine.server.change { $0.seconds += $0.sessions.assertionLife }
        // The server rotates; its answer never arrives.
        machine.server.change { _ = $0.sessions.refresh("refresh-0", at: $0.seconds) }
        machine.server.change { $0.seconds += 59 }
        #expect(await machine.output("token").code == 0)
        machine.server.change { $0.seconds += $0.sessions.assertionLife }
        #expect(await machine.output("token").code == 0)
    }

    @Test func aReusedRefreshTokenEndsWithAnInstruction() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        machine.server.change {
            $0.seconds += $0.sessions.assertionLife
            _ = $0.sessions.refresh("refresh-0", at: $0.seconds)
            $0.seconds += 61
        }
        let (code, output, errors) = await machine.output("token")
        #expect(code == 1)
        #expect(output.isEmpty)
        #expect(errors.contains("keyreeve login"))
    }

    @Test func aMachineWithAWrongClockRenewsInTime() async throws {
        let machine = try Machine()
        machine.server.change { $0.clockOffset = -7_200 }
        _ = await machine.signIn()
        #expect(await machine.output("token").output == "relay--1\n")
        machine.server.change { $0.seconds += 300 }
        #expect(await machine.output("token").output == "relay--1\n")
        machine.server.change { $0.seconds += 200 }
        #expect(await machine.output("token").output == "relay--2\n")
    }

    @Test func tokenTakesItsAccountFromArguments() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let arguments = ["--server", "https://other.example", "--organization", "demo", "--profile", "active"]
        let machineArguments = ["token"] + arguments
        let code = await Surroundings.$current.withValue(machine.surroundings) {
            await CommandLineRun.exitCode(machineArguments)
        }
        #expect(code == 1)
        #expect(machine.console.errors.contains("keyreeve login --server https://other.example"))
    }

    @Test func aTokenWithALineEndIsNotPrinted() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let body = #"{"token":"a\nb","expires_at":1900000000}"#
        machine.server.change {
            $0.outages["/v1/relay-tokens"] = ClientReply(status: 200, body: Array(body.utf8))
        }
        let (code, output, _) = await machine.output("token")
        #expect(code == 1)
        #expect(output.isEmpty)
    }

    @Test func logoutLeavesNoSecretBehind() async throws {
        for mood in [FakeVault.Mood.absent, .open] {
            let machine = try Machine(vault: mood)
            _ = await machine.signIn()
            _ = await machine.run("token")
            #expect(await machine.run("logout") == 0)
            #expect(machine.server.count(of: "/v1/session") >= 1)
            #expect(machine.vault.count == 0)
            #expect(machine.home.text(Self.folder + "/session.json") == nil)
            let (code, _, errors) = await machine.output("token")
            #expect(code == 1)
            #expect(errors.contains("keyreeve login"))
        }
    }

    @Test func logoutWorksWhileTheServerIsAway() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        machine.server.change { $0.isUnreachable = true }
        #expect(await machine.run("logout") == 0)
        #expect(machine.home.text(Self.folder + "/session.json") == nil)
    }

    @Test func aStateFolderThatOthersCanEnterIsRefused() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        try setMode(0o755, of: machine.home.path + "/.local/state/keyreeve")
        let (code, _, errors) = await machine.output("token")
        #expect(code == 1)
        #expect(errors.contains("chmod 700"))
    }

    @Test func aSessionFileThatOthersCanReadIsRefused() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        try setMode(0o644, of: machine.home.path + "/" + Self.folder + "/session.json")
        let (code, _, errors) = await machine.output("token")
        #expect(code == 1)
        #expect(errors.contains("open to others"))
    }
}
