import ControlAPI
import ControlClient
import Cryptography
import Foundation
import Model
import PolicyDocuments
import Synchronization

@testable import Commands

/// A control API, an issuer and a relay in one, with behaviour: what was asked, what is signed, what is refused.
final class FakeServer: Transport {
    struct State: Sendable {
        var sessions = SessionServer()
        var signedIn: SessionRecord?
        var requests: [ClientRequest] = []
        /// Answers instead of the usual for paths that contain the key.
        var outages: [String: ClientReply] = [:]
        var isUnreachable = false
        var store = ControlAPI.SessionStore.auto
        var revision: Int64 = 1
        var generation: Int64 = 1
        var freshFor: Int64 = 3_600
        var profiles = ["production", "staging"]
        var key: SigningKey
        var deployment = DeploymentID.random()
        var etagHits = 0
        var seconds: Int64 = 1_800_000_000
        /// How much the server's clock differs from the machine's.
        var clockOffset: Int64 = 0
        var credential: [UInt8] = []
        /// The decoded `for` of the query that came with it.
        var destinations: String?
    }

    static let issuer = "http://127.0.0.1:7403"
    static let address = "http://127.0.0.1:7400"
    let organization = OrganizationReference(id: .random(), name: OrganizationName(unchecked: "demo"))
    let user = UserID.random()
    let state: Mutex<State>

    init() throws { state = Mutex(State(key: try SigningKey())) }

    var now: Int64 { state.withLock { $0.seconds } }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    func count(of path: String) -> Int { state.withLock { $0.requests.filter { $0.url.contains(path) }.count } }

    /// The body of the last request whose URL contains a text.
    func lastBody(of path: String) -> String {
        let request = state.withLock { $0.requests.last { $0.url.contains(path) } }
        return request.map { String(decoding: $0.body, as: UTF8.self) } ?? ""
    }

    func send(_ request: ClientRequest) async throws(ClientError) -> ClientReply {
        // Others get a turn, as on a network.
        await Task.yield()
        let reply: ClientReply? = state.withLock { state in
            state.requests.append(request)
            if state.isUnreachable { return nil }
            for (path, reply) in state.outages where request.url.contains(path) { return reply }
            return answer(request, &state)
        }
        guard let reply else { throw .unreachable("\(Self.address): connection refused") }
        return reply
    }

    private func answer(_ request: ClientRequest, _ state: inout State) -> ClientReply {
        let now = state.seconds + state.clockOffset
        let path = request.url.split(separator: "?")[0].dropFirst(Self.address.count)
        let bearer = request.headers["authorization"].map { String($0.dropFirst(7)) }
        switch (request.method, String(path)) {
        case (.get, "/.well-known/openid-configuration"):
            return json([
                "issuer": Self.issuer, "authorization_endpoint": Self.issuer + "/authorize",
                "token_endpoint": Self.issuer + "/token",
            ])
        case (.post, "/token"): return json(["id_token": "id-token"])
        case (.get, "/v1/discovery"): return json(discovery(state), now)
        case (.post, "/v1/organizations/demo/sign-ins"):
            let answer = SignInAnswer(
                signIn: "sign-in",
                nonce: "nonce",
                issuer: Self.issuer,
                clientID: "keyreeve-cli",
                authorizationEndpoint: Self.issuer + "/authorize",
                tokenEndpoint: Self.issuer + "/token"
            )
            return json(answer, now)
        case (.post, "/v1/organizations/demo/sessions"), (.post, "/v1/operator/sessions"):
            let record = state.sessions.signIn(at: now)
            return json(session(record, state), now)
        case (.post, "/v1/sessions/refresh"):
            let token = (try? JSONDecoder().decode(RefreshRequest.self, from: Data(request.body)))?.refreshToken ?? ""
            guard let record = state.sessions.refresh(token, at: now) else { return problem(.refreshTokenReused) }
            return json(session(record, state), now)
        case (.post, "/v1/relay-tokens"):
            let asked = try? JSONDecoder().decode(RelayTokenRequest.self, from: Data(request.body))
            let profile = asked?.profile?.text ?? ""
            guard let token = state.sessions.exchange(bearer ?? "", profile: profile, at: now) else {
                return problem(.expiredToken)
            }
            return json(RelayTokenAnswer(token: token.value, expiresAt: token.expiresAt, profile: asked?.profile), now)
        case (.delete, "/v1/session"): return ClientReply(status: 204)
        case (.get, "/v1/whoami"):
            let whoami = Whoami(
                kind: "user",
                id: user.description,
                organization: organization,
                session: nil,
                roles: [.developer],
                groups: [],
                profiles: state.profiles.compactMap { ProfileName($0) },
                helpURL: nil
            )
            return json(whoami, now)
        case (.get, "/v1/profiles"):
            let entries = state.profiles.compactMap { ProfileName($0) }.map {
                ProfileList.Entry(
                    name: $0,
                    model: "gpt-5.4",
                    modelProvider: ProviderID(unchecked: "echo"),
                    providers: [ProviderID(unchecked: "echo")]
                )
            }
            return json(ProfileList(profiles: entries), now)
        case (.get, "/v1/config"): return configuration(request, &state)
        case (.put, "/v1/credentials/azure-prod"):
            state.credential = request.body
            state.destinations = request.url.firstRange(of: "?for=")
                .flatMap { String(request.url[$0.upperBound...]).removingPercentEncoding }
            return json(credential(state, now), now)
        case (.get, "/v1/credentials"):
            return json(CredentialList(credentials: state.credential.isEmpty ? [] : [credential(state, now)]), now)
        case (.post, "/v1/policy/plan"):
            let change = PolicyPlan.Change(action: "changed", file: "profiles/staging.toml", lines: ["-a", "+b"])
            return json(PolicyPlan(baseVersion: 3, digest: "00", changes: [change], affected: 2, warnings: []), now)
        case (.post, "/v1/policy/apply"):
            return json(PolicyRevision(revision: 4, digest: "00", author: user.description, appliedAt: now), now)
        default: return problem(.unknownRoute)
        }
    }

    private func credential(_ state: State, _ now: Int64) -> CredentialEntry {
        CredentialEntry(
            name: CredentialName(unchecked: "azure-prod"),
            generation: 1,
            destinations: state.destinations?.split(separator: " ").map(String.init) ?? [],
            fingerprint: nil,
            updatedAt: now
        )
    }

    // MARK: Answers

    private func discovery(_ state: State) -> Discovery {
        Discovery(
            deployment: state.deployment,
            version: "0.1.0",
            relayURL: "http://127.0.0.1:7401",
            defaultOrganization: organization.name,
            configurationKey: state.key.announced
        )
    }

    private func session(_ record: SessionRecord, _ state: State) -> SessionAnswer {
        SessionAnswer(
            session: SessionID(user.uuid),
            refreshToken: record.refreshToken.value,
            refreshExpiresAt: record.refreshToken.expiresAt,
            sessionAssertion: record.assertion.value,
            assertionExpiresAt: record.assertion.expiresAt,
            user: SessionUser(id: user, mail: "ada@example.com", displayName: "Ada"),
            organization: organization,
            sessionStore: state.store
        )
    }

    private func configuration(_ request: ClientRequest, _ state: inout State) -> ClientReply {
        let form: BundleForm = request.url.contains("form=enforced") ? .enforced : .user
        guard let (answer, etag) = try? signed(form, state) else { return problem(.internalError) }
        if request.headers["if-none-match"] == etag {
            state.etagHits += 1
            let name = ControlHeader.freshness.lowercased()
            return ClientReply(status: 304, headers: [name: answer.freshness.compact])
        }
        var reply = json(answer, state.seconds)
        reply.headers["etag"] = etag
        return reply
    }

    /// The bundle in force, as the server would sign it.
    func signed(_ form: BundleForm) throws -> ConfigurationAnswer {
        let state = state.withLock { $0 }
        return try signed(form, state).answer
    }

    private func signed(_ form: BundleForm, _ state: State) throws -> (answer: ConfigurationAnswer, etag: String) {
        let content = try Fixtures.configuration(profiles: state.profiles)
        let bundle = ConfigurationBundle(
            deployment: state.deployment,
            organization: organization.id,
            audience: .user(user),
            form: form,
            order: BundleOrder(generation: state.generation, revision: state.revision),
            content: content
        )
        guard let bundle else { throw CommandFailure("no bundle") }
        let freshness = FreshnessStatement(for: bundle, notAfter: state.seconds + state.freshFor)
        let answer = ConfigurationAnswer(
            bundle: Fixtures.document(try bundle.signed(by: state.key.key)),
            freshness: Fixtures.document(try freshness.signed(by: state.key.key))
        )
        return (answer, bundle.etag)
    }

    private func json(_ value: some Encodable, _ now: Int64? = nil) -> ClientReply {
        var headers = ["content-type": "application/json"]
        if let now { headers["date"] = Fixtures.httpDate(now) }
        return ClientReply(status: 200, headers: headers, body: (try? Array(JSONEncoder().encode(value))) ?? [])
    }

    func problem(_ failure: Failure) -> ClientReply { reply(Problem(failure, requestID: "request-1")) }

    func reply(_ problem: Problem) -> ClientReply {
        ClientReply(status: problem.status, body: (try? Array(JSONEncoder().encode(problem))) ?? [])
    }
}

/// A configuration key of the server.
struct SigningKey: Sendable {
    let key: Ed25519SigningKey

    init() throws {
        let arena = try SecretArena.make(capacity: 1 << 14, lockPolicy: .warn)
        key = try Ed25519SigningKey(seed: try Ed25519SigningKey.generateSeed(in: arena))
    }

    var announced: ConfigurationKey {
        let key = key.publicKey
        return ConfigurationKey(publicKey: Base64URL.encode(key.rawRepresentation), fingerprint: key.fingerprint)
    }
}
