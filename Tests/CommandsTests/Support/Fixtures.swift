import ControlAPI
import Cryptography
import FoundationEssentials
import PolicyDocuments

enum Fixtures {
    /// What clients are told: profiles of one relayed provider each.
    static func configuration(profiles: [String]) throws -> ClientConfiguration {
        let entries = profiles.map { name in
            """
            {"name":"\(name)","model":"gpt-5.4-\(name)","default_model":"gpt-5.4","model_provider":"echo",
             "offers_models":true,"codex":{},"login":{"sign_out_others":false},
             "providers":[{"id":"echo","name":"Echo","access":"relay","wire_api":"responses",
             "stream_max_retries":5,"stream_idle_timeout_ms":300000}]}
            """
        }
        let text = """
            {"format":1,"server":"https://keyreeve.example.com","relay":"http://127.0.0.1:7401",
             "organization":"demo","relay_token_seconds":600,"session_store":"auto",
             "profiles":[\(entries.joined(separator: ","))]}
            """
        return try JSONDecoder().decode(ClientConfiguration.self, from: Data(text.utf8))
    }

    static func document(_ signed: SignedBytes) -> SignedDocument {
        SignedDocument(
            payload: Base64URL.encode(signed.payload),
            signature: Base64URL.encode(signed.signature),
            key: signed.key
        )
    }

    /// `Fri, 15 Jan 2027 08:00:00 GMT`; the day of the week is not looked at.
    static func httpDate(_ seconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(seconds)).ISO8601Format()
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months[(Int(date.dropFirst(5).prefix(2)) ?? 1) - 1]
        return "Fri, \(date.dropFirst(8).prefix(2)) \(month) \(date.prefix(4)) \(date.dropFirst(11).prefix(8)) GMT"
    }
}
