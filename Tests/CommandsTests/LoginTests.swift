import ControlAPI
import ControlClient
import Model
import Synchronization
import Testing

@testable import Commands

@Suite struct LoginTests {
    @Test func aBrowserSignInRunsFromAuthorizationToSession() async throws {
        let machine = try Machine()
        let network = NetworkTransport(userAgent: "browser")
        let visited = Mutex<String?>(nil)
        var surroundings = machine.surroundings
        surroundings.openBrowser = { url in
            visited.withLock { $0 = url }
            let query = url.split(separator: "?", maxSplits: 1).last ?? ""
            guard let fields = PercentEncoding.fields(of: query), let back = fields["redirect_uri"],
                let state = fields["state"]
            else { return false }
            let issuer = PercentEncoding.encode(FakeServer.issuer)
            let answer = "\(back)?code=the-code&state=\(PercentEncoding.encode(state))&iss=\(issuer)"
            Task { _ = try? await network.send(ClientRequest(.get, answer, timeout: .seconds(10))) }
            return true
        }
        let code = await Surroundings.$current.withValue(surroundings) {
            await CommandLineRun.exitCode(["login", "--server", FakeServer.address])
        }
        await network.close()
        #expect(code == 0, "\(machine.console.errors)")
        let url = try #require(visited.withLock { $0 })
        #expect(url.hasPrefix(FakeServer.issuer + "/authorize?"))
        #expect(machine.console.errors.contains(url))
        let fields = try #require(PercentEncoding.fields(of: url.split(separator: "?")[1]))
        #expect(fields["code_challenge_method"] == "S256")
        #expect(fields["nonce"] == "nonce")
        let redeemed = try #require(machine.server.state.withLock { $0.requests.first { $0.url.hasSuffix("/token") } })
        let form = try #require(PercentEncoding.fields(of: String(decoding: redeemed.body, as: UTF8.self)))
        #expect(form["code"] == "the-code")
        #expect(form["client_secret"] == nil)
        #expect(ProofKey(verifier: form["code_verifier"] ?? "").challenge == fields["code_challenge"])
        #expect(machine.console.output.contains("ada@example.com"))
    }

    @Test func aCodeFromStandardInputSignsIn() async throws {
        let machine = try Machine(console: FakeConsole(input: "abc-def\n"))
        #expect(await machine.run("login", "--server", FakeServer.address, "--code", "-") == 0)
        #expect(machine.server.lastBody(of: "/demo/sessions").contains("abc-def"))
    }

    @Test func theFirstKeyIsShownAndPinned() async throws {
        let machine = try Machine()
        #expect(await machine.signIn() == 0)
        let fingerprint = machine.server.state.withLock { $0.key.announced.fingerprint }
        #expect(machine.console.errors.contains(fingerprint))
        let (_, output, _) = await machine.output("trust", "show")
        #expect(output.contains(fingerprint))
    }

    @Test func anotherFingerprintThanTheGivenOneIsRefused() async throws {
        let machine = try Machine()
        let code = await machine.run(
            "login",
            "--server",
            FakeServer.address,
            "--code",
            "c",
            "--trust",
            "SHA256:somethingelse"
        )
        #expect(code == 1)
        #expect(machine.server.count(of: "/sessions") == 0)
        #expect(machine.home.text(".local/state/keyreeve/http_127.0.0.1_7400/server.json") == nil)
    }

    @Test func aChangedKeyIsRefusedUntilItIsTrustedByFingerprint() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let new = try SigningKey()
        machine.server.change { $0.key = new }
        #expect(await machine.signIn() == 1)
        #expect(machine.console.errors.contains("keyreeve trust reset \(new.announced.fingerprint)"))
        #expect(await machine.output("config", "sync").code == 1)
        #expect(await machine.output("trust", "reset", "SHA256:wrong").code == 1)
        #expect(await machine.output("trust", "reset", new.announced.fingerprint).code == 0)
        #expect(await machine.signIn() == 0)
        #expect(await machine.output("config", "sync").code == 0)
    }

    @Test func aFingerprintThatDoesNotFitItsKeyIsRefused() throws {
        let one = try SigningKey().announced
        let other = try SigningKey().announced
        let discovery = Discovery(
            deployment: .random(),
            version: "1",
            relayURL: "http://127.0.0.1:7401",
            defaultOrganization: nil,
            configurationKey: ConfigurationKey(publicKey: one.publicKey, fingerprint: other.fingerprint)
        )
        #expect(throws: CommandFailure.self) { try KeyPin.judge(discovery, pinned: nil, expected: nil) }
    }

    @Test func browsersAreTriedInTheOrderOfTheEnvironment() {
        let commands = Browser.commands(["BROWSER": "w3m -x %s:firefox", "DISPLAY": ":0"], url: "u")
        #expect(commands == [["w3m", "-x", "u"], ["firefox", "u"], ["xdg-open", "u"]])
        #expect(Browser.commands([:], url: "u").isEmpty)
    }

    @Test func anOperatorsSignInLeavesTheChosenOrganization() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        let operatorSignIn = ["login", "--operator", "--code", "c"]
        let code = await Surroundings.$current.withValue(machine.surroundings) {
            await CommandLineRun.exitCode(operatorSignIn)
        }
        #expect(code == 0)
        #expect(machine.server.count(of: "/v1/operator/sessions") == 1)
        #expect(await machine.output("whoami").output.contains("organization  demo"))
        #expect(await machine.output("whoami", "--operator").code == 0)
    }

    @Test func setupDoesEverythingAndKeepsASessionThatHolds() async throws {
        let machine = try Machine()
        machine.server.change {
            $0.outages["/production/echo/models"] = ClientReply(status: 200, body: Array("{}".utf8))
        }
        #expect(await machine.run("setup", FakeServer.address, "--code", "c") == 0, "\(machine.console.errors)")
        #expect(machine.home.text(".codex/config.toml")?.contains("model_provider = \"echo\"") == true)
        let (code, _, errors) = await machine.output("setup", FakeServer.address)
        #expect(code == 0)
        #expect(errors.contains("signed in already"))
    }

    @Test func doctorSaysWhatIsWrongAndExitsAccordingly() async throws {
        let machine = try Machine()
        _ = await machine.signIn()
        machine.server.change { $0.isUnreachable = true }
        let (code, output, errors) = await machine.output("doctor")
        #expect(code == 1)
        #expect(output.contains("FAIL  server"))
        #expect(errors.contains("checks failed"))
    }

    @Test(arguments: [
        (Int64(0), Finding.Level.fine), (5, .fine), (-6, .warning), (60, .warning), (61, .failure), (.min, .failure),
    ])
    func aWrongClockIsFound(offset: Int64, level: Finding.Level) {
        #expect(Doctor.clock(offset).level == level)
    }

    @Test func theVersionIsFoundInWhatCodexSays() {
        #expect(CodexProgram.parse("codex-cli 0.163.0\n") == "0.163.0")
        #expect(CodexProgram.parse("no idea") == nil)
    }
}
