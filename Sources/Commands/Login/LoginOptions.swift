import ArgumentParser
import ControlAPI
import ControlClient
import Model

/// How to sign in.
struct LoginOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The organization, where the server has more than one.", valueName: "name"))
    var organization: String?

    @Option(
        help: ArgumentHelp(
            "A one-time code instead of a browser; `-` reads it from standard input.",
            valueName: "code"
        )
    )
    var code: String?

    @Option(
        help: ArgumentHelp(
            "The fingerprint (SHA256:…) that the server's configuration key must have.",
            valueName: "fingerprint"
        )
    )
    var trust: String?

    @Flag(name: .customLong("operator"), help: "Sign in as a platform operator, with a one-time code.")
    var isOperator = false

    func flow(at address: ServerAddress) throws -> LoginFlow {
        let surroundings = Surroundings.current
        let finder = AccountFinder(surroundings: surroundings, server: nil, organization: organization)
        return LoginFlow(
            surroundings: surroundings,
            address: address,
            organization: organization == nil ? nil : try finder.organizationName(at: address),
            isOperator: isOperator,
            oneTimeCode: try oneTimeCode(surroundings.console),
            expectedFingerprint: trust
        )
    }

    private func oneTimeCode(_ console: any Console) throws -> String? {
        guard code == "-" else { return code }
        let limit = 4_096
        let bytes: [UInt8]
        if console.isInteractive {
            guard let typed = try console.readSecret(prompt: "One-time code: ", atMost: limit) else {
                throw CommandFailure("Stopped; nobody was signed in.")
            }
            bytes = typed
        } else {
            bytes = try console.readInput(atMost: limit)
        }
        let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard text.count == 1, let code = text.first else {
            throw CommandFailure("Standard input held no one-time code; it is one word.")
        }
        return String(code)
    }
}

/// What a sign-in says, with `--json`.
struct LoginReport: Encodable, Sendable {
    var server: String
    var organization: String?
    var user: String
    var mail: String?
    var keptIn: String
    var configurationKey: String

    enum CodingKeys: String, CodingKey {
        case server
        case organization
        case user
        case mail
        case keptIn = "kept_in"
        case configurationKey = "configuration_key"
    }

    init(_ account: OpenAccount) {
        server = account.server.address.description
        organization = account.folder.organization?.text
        user = account.account.user.id.description
        mail = account.account.user.mail
        keptIn = account.account.place.rawValue
        configurationKey = account.record.configurationKey.fingerprint
    }

    var text: String {
        let name = Printable.line(mail ?? user)
        let place = organization.map { "\($0) at \(server)" } ?? "\(server) as operator"
        return "Signed in to \(place) as \(name); the session is kept in \(Self.placeText(keptIn)).\n"
    }

    static func placeText(_ place: String) -> String {
        switch place {
        case "keyring": "your keyring"
        case "memory": "memory until you log out of this machine"
        default: "a file that only you can read"
        }
    }
}
