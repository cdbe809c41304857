import ArgumentParser

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check everything between Codex and your organization's providers.",
        discussion: "Exits with 1 when something is broken; each finding says what to do."
    )

    @OptionGroup var account: AccountOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let findings = await Doctor(surroundings: .current, account: try account.open()).examine()
        try output.write(findings, orText: Doctor.text(findings))
        let failures = findings.filter { $0.level == .failure }.count
        guard failures == 0 else { throw CommandFailure("\(failures) of \(findings.count) checks failed; see above.") }
    }
}
