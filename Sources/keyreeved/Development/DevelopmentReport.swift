import Foundation

/// What `keyreeved dev` says once everything is up: lines to paste for a person, one JSON object for a script.
struct DevelopmentReport: Encodable, Sendable {
    let control: String
    let relay: String
    let issuer: String
    /// The people who can sign in at the issuer; the first holds every role.
    let people: [String]
    /// What the issuer's page asks for.
    let signInCode: String
    /// One-time codes for machines without a browser.
    let code: String
    let operatorCode: String
    let data: String

    var person: String { people.first ?? "" }

    private enum CodingKeys: String, CodingKey {
        case control
        case relay
        case issuer
        case people
        case person
        case signInCode = "sign_in_code"
        case code
        case operatorCode = "operator_code"
        case data
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(control, forKey: .control)
        try container.encode(relay, forKey: .relay)
        try container.encode(issuer, forKey: .issuer)
        try container.encode(people, forKey: .people)
        try container.encode(person, forKey: .person)
        try container.encode(signInCode, forKey: .signInCode)
        try container.encode(code, forKey: .code)
        try container.encode(operatorCode, forKey: .operatorCode)
        try container.encode(data, forKey: .data)
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// - Parameter client: The path of the `keyreeve` that was built with this server.
    func text(client: String?) -> String {
        let path = client.map { "  export PATH=\"\((($0 as NSString).deletingLastPathComponent)):$PATH\"\n" } ?? ""
        return """

            Keyreeve is running. Paste, in another terminal:

            \(path)  keyreeve setup \(control)
                 signs in as \(person); the page asks for the sign-in code \(signInCode)
                 without a browser:  echo \(code) | keyreeve setup \(control) --code -
              codex exec --skip-git-repo-check "Say hello"
              keyreeve audit query 'profile:production since:1h'

            Data: \(data). Ctrl-C stops everything; the next start keeps the data, deploy/up --fresh starts over.
            """
    }
}
