import ControlAPI
import ControlClient
import Model

/// Looks at everything between Codex and a provider that this side can see, and says what to do about it.
struct Doctor: Sendable {
    let surroundings: Surroundings
    let account: OpenAccount

    func examine() async -> [Finding] {
        var findings: [Finding] = []
        findings += await server()
        findings.append(await session())
        findings.append(await codex())
        findings.append(await configuration())
        findings.append(await relay())
        return findings
    }

    static func text(_ findings: [Finding]) -> String {
        findings.map { finding in
            let mark =
                switch finding.level {
                case .fine: "ok  "
                case .warning: "note"
                case .failure: "FAIL"
                }
            let advice = finding.advice.map { "\n      \($0)" } ?? ""
            return "\(mark)  \(finding.check): \(Printable.line(finding.detail))\(advice)\n"
        }.joined()
    }

    // MARK: Checks

    private func server() async -> [Finding] {
        do {
            let discovery = try await account.client.discovery()
            let place = "\(account.server.address), version \(discovery.value.version)"
            var findings = [Finding(check: "server", level: .fine, detail: place)]
            do {
                _ = try KeyPin.judge(discovery.value, pinned: account.record, expected: nil)
            } catch {
                let detail = "the configuration key is not the trusted one"
                findings.append(Finding(check: "trust", level: .failure, detail: detail, advice: error.sentence))
            }
            return findings + [Self.clock(discovery.clockOffset)]
        } catch {
            let advice = "Check the address and your network; tokens work from cache for a while."
            let detail = CommandFailure(error).sentence
            return [Finding(check: "server", level: .failure, detail: detail, advice: advice)]
        }
    }

    /// Sign-ins and signatures have times; minutes of difference break them.
    static func clock(_ offset: Int64?) -> Finding {
        guard let offset else {
            return Finding(check: "clock", level: .warning, detail: "the server does not tell its time")
        }
        let distance = offset.magnitude
        guard distance > 5 else { return Finding(check: "clock", level: .fine, detail: "agrees with the server's") }
        let span = TimeText.span(Int64(clamping: distance))
        let direction = offset > 0 ? "behind" : "ahead of"
        return Finding(
            check: "clock",
            level: distance > 60 ? .failure : .warning,
            detail: "this machine's is \(span) \(direction) the server's",
            advice: "Turn on time synchronization (timedatectl set-ntp true)."
        )
    }

    private func session() async -> Finding {
        do {
            let whoami = try await account.client.whoami(bearer: try await account.assertion())
            let name = account.account.user.mail ?? whoami.id
            let place = LoginReport.placeText(account.account.place.rawValue)
            let left = account.account.endsAt.subtractingReportingOverflow(surroundings.now).partialValue
            let detail = "\(name), kept in \(place), at least \(TimeText.span(left)) more"
            return Finding(check: "session", level: .fine, detail: detail)
        } catch {
            let advice = "Run `keyreeve login --server \(account.server.address)`."
            let detail = CommandFailure(any: error).sentence
            return Finding(check: "session", level: .failure, detail: detail, advice: advice)
        }
    }

    private func codex() async -> Finding {
        guard let version = await CodexProgram.version() else {
            let advice = "Install Codex, or put it on your PATH."
            return Finding(check: "codex", level: .warning, detail: "no codex that answers", advice: advice)
        }
        return Finding(check: "codex", level: .fine, detail: "version \(version)")
    }

    private func configuration() async -> Finding {
        do {
            let report = try await ConfigStatusCommand.report(account)
            let detail = "profile \(report.profile), revision \(report.revision), in \(report.folder)"
            guard !report.isInSync else { return Finding(check: "configuration", level: .fine, detail: detail) }
            if try isEnforced() {
                return Finding(check: "configuration", level: .fine, detail: "enforced in /etc/codex")
            }
            return Finding(
                check: "configuration",
                level: .warning,
                detail: "out of step: " + report.outOfStep.joined(separator: ", "),
                advice: "Run `keyreeve config sync`."
            )
        } catch {
            let detail = CommandFailure(any: error).sentence
            let advice = "Run `keyreeve config sync`."
            return Finding(check: "configuration", level: .failure, detail: detail, advice: advice)
        }
    }

    /// Whether root enforces a configuration and nothing was ever synced into this home.
    private func isEnforced() throws -> Bool {
        guard try ConfigurationSync(surroundings: surroundings, root: account.root).record() == nil else {
            return false
        }
        let folder = try? Folder.open(surroundings.system.codexFolder)
        return try folder?.status(of: "requirements.toml") != nil
    }

    /// Asks the relay for the model list of a provider, as Codex does first.
    private func relay() async -> Finding {
        do {
            let list = try await account.client.profiles(bearer: try await account.assertion())
            let chosen = try account.folder.activeProfile()
            let profile = list.profiles.first { $0.name == chosen } ?? list.profiles.first
            guard let profile, let provider = profile.modelProvider ?? profile.providers.first else {
                let advice = "Ask your admin for a profile with a provider."
                return Finding(check: "relay", level: .warning, detail: "no provider is open to you", advice: advice)
            }
            return try await relay(profile.name, provider)
        } catch {
            let detail = CommandFailure(any: error).sentence
            return Finding(check: "relay", level: .failure, detail: detail, advice: "Tell your operator.")
        }
    }

    private func relay(_ profile: ProfileName, _ provider: ProviderID) async throws -> Finding {
        let goal = TokenMachine.Goal.relayToken(profile: profile.text)
        let token = try await account.token(for: goal, within: TokenCommand.timeout)
        let relay = account.record.relayURL
        guard ServerAddress.isAcceptable(url: relay) else {
            return Finding(
                check: "relay",
                level: .failure,
                detail: "its address is not https",
                advice: "Tell your operator."
            )
        }
        let base = relay.hasSuffix("/") ? String(relay.dropLast()) : relay
        let url = "\(base)/\(profile)/\(provider)/models?client_version=0.0.0"
        let headers = ["authorization": "Bearer " + token]
        let reply = try await surroundings.transport.send(
            ClientRequest(.get, url, headers: headers, timeout: .seconds(10))
        )
        guard reply.status == 200 else {
            let sentence = Printable.line(String(decoding: reply.body.prefix(400), as: UTF8.self))
            let detail = "\(base) answers \(reply.status): \(sentence)"
            return Finding(check: "relay", level: .failure, detail: detail, advice: "Tell your operator.")
        }
        return Finding(check: "relay", level: .fine, detail: "\(base) serves \(profile) by \(provider)")
    }
}
