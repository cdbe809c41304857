import ControlAPI
import ControlClient
import Model
import Synchronization
import Testing

@testable import Commands

@Suite struct AdministrationTests {
    @Test func aCredentialComesFromStandardInputWithoutItsLineEnd() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let code = await machine.with(FakeConsole(input: "s3cret\r\n"))
            .run("credential", "set", "azure-prod", "--for", "https://a.example", "--for", "https://b.example/v1")
        #expect(code == 0)
        #expect(machine.server.state.withLock { $0.destinations } == "https://a.example https://b.example/v1")
        #expect(machine.server.state.withLock { $0.credential } == Array("s3cret".utf8))
    }

    @Test func aCredentialCanBeTyped() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let console = FakeConsole(isInteractive: true, secret: "typed")
        #expect(await machine.with(console).run("credential", "set", "azure-prod", "--for", "https://a.example") == 0)
        #expect(machine.server.state.withLock { $0.credential } == Array("typed".utf8))
        #expect(!console.output.contains("typed"))
        // A new value of one that is there keeps its destinations.
        #expect(await machine.with(console).run("credential", "set", "azure-prod") == 0)
        #expect(machine.server.state.withLock { $0.destinations } == nil)
    }

    @Test func aNewCredentialWithoutADestinationIsRefusedBeforeItsValueIsAskedFor() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let (code, _, errors) = await machine.output("credential", "set", "azure-prod")
        #expect(code == 1)
        #expect(errors.contains("keyreeve credential set azure-prod --for https://HOST"))
        #expect(machine.server.state.withLock { $0.credential }.isEmpty)
    }

    @Test func aCredentialIsListedAndShownWithItsDestinations() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let console = FakeConsole(input: "s3cret")
        #expect(await machine.with(console).run("credential", "set", "azure-prod", "--for", "https://a.example") == 0)
        let list = await machine.output("credential", "list")
        let shown = await machine.output("credential", "show", "azure-prod")
        for answer in [list, shown] {
            #expect(answer.code == 0)
            #expect(answer.output.contains("azure-prod") && answer.output.contains("https://a.example"))
        }
        #expect(await machine.output("credential", "show", "other").code == 1)
    }

    @Test func aCredentialOnTheCommandLineIsWrongUsage() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let (code, _, _) = await machine.output("credential", "set", "azure-prod", "s3cret")
        #expect(code == 64)
        #expect(machine.server.state.withLock { $0.credential }.isEmpty)
    }

    @Test func anEmptyCredentialIsRefused() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let console = FakeConsole(input: "\n")
        #expect(await machine.with(console).run("credential", "set", "azure-prod", "--for", "https://a.example") == 1)
    }

    @Test func planShowsAndApplyAsks() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        try machine.home.write("[profile]\nid = \"staging\"\n", to: "policy/profiles/staging.toml")
        try machine.home.write("no", to: "policy/.git/config.toml")
        let folder = machine.home.path + "/policy"
        let (code, output, _) = await machine.output("plan", "-f", folder)
        #expect(code == 0)
        #expect(output.contains("+b"))
        #expect(!machine.server.lastBody(of: "/v1/policy/plan").contains(".git"))
        #expect(await machine.output("apply", "-f", folder).code == 1)
        #expect(await machine.with(FakeConsole(isInteractive: true, line: "n")).run("apply", "-f", folder) == 1)
        #expect(machine.server.count(of: "/v1/policy/apply") == 0)
        #expect(await machine.with(FakeConsole(isInteractive: true, line: "y")).run("apply", "-f", folder) == 0)
        #expect(await machine.output("apply", "-f", folder, "--yes").code == 0)
        #expect(machine.server.count(of: "/v1/policy/apply") == 2)
    }

    @Test func aKeptPlanIsAppliedAsItWas() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        try machine.home.write("[profile]\nid = \"staging\"\n", to: "policy/profiles/staging.toml")
        let plan = machine.home.path + "/plan"
        #expect(await machine.output("plan", "-f", machine.home.path + "/policy", "--out", plan).code == 0)
        #expect(try machine.home.mode("plan") == 0o600)
        try machine.home.write("changed = true\n", to: "policy/profiles/staging.toml")
        #expect(await machine.output("apply", plan, "--yes").code == 0)
        let body = machine.server.lastBody(of: "/v1/policy/apply")
        #expect(!body.contains("changed"))
        #expect(body.contains("\"base_version\":3"))
    }

    @Test func everyErrorOfTheDocumentsIsShown() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        try machine.home.write("x = 1\n", to: "policy/organization.toml")
        let finding = DocumentDiagnostic(
            severity: "error",
            file: "organization.toml",
            line: 1,
            column: 1,
            key: "x",
            message: "unknown key",
            fix: "remove it"
        )
        let problem = Problem(.invalidDocument, requestID: "r", diagnostics: [finding, finding])
        machine.server.change { $0.outages["/v1/policy/plan"] = machine.server.reply(problem) }
        let (code, _, errors) = await machine.output("plan", "-f", machine.home.path + "/policy")
        #expect(code == 1)
        let line = "organization.toml:1:1: error: `x`: unknown key (remove it)\n"
        #expect(errors.hasPrefix(line + line))
    }

    @Test func aCallIsOneRow() {
        let intent: [String: AuditFieldValue] = [
            "id": .string("i"), "kind": .string("relay.intent"), "at": .string("2026-07-01T13:05:09.123456Z"),
            "actor_kind": .string("user"), "actor_id": .string("7d0f1a2b-0000-0000-0000-000000000000"),
            "profile": .string("production"), "provider": .string("echo"), "model": .string("gpt-5.4"),
            "decision": .string("allow"),
        ]
        let outcome: [String: AuditFieldValue] = [
            "id": .string("o"), "kind": .string("relay.outcome"), "intent": .string("i"), "status": .integer(200),
            "input_tokens": .integer(12), "output_tokens": .integer(34), "request_bytes": .integer(5),
            "response_bytes": .integer(6), "duration_ms": .integer(78),
        ]
        let calls = AuditCall.join([
            AuditEntry(sequence: 1, record: intent), AuditEntry(sequence: 2, record: outcome),
        ])
        #expect(calls.count == 1)
        #expect(
            calls.first?.cells == [
                "2026-07-01 13:05:09", "relay", "7d0f1a2b", "production", "echo", "gpt-5.4", "allow", "200", "12/34",
                "5/6", "78 ms",
            ]
        )
        #expect(AuditCall.join([AuditEntry(sequence: 1, record: intent)]).first?.cells[1] == "relay (open)")
        #expect(AuditCall.join([AuditEntry(sequence: 2, record: outcome)]).count == 1)
    }
}
