import Audit
import ControlAPI
import Cryptography
import Model
import Policy
import PolicyDocuments

/// What policy means for the caller: profiles, models, and the signed bundle for their machine.
struct ConfigurationRoutes: Sendable {
    let parts: ControlParts

    /// How long a machine may go on without asking again, in seconds.
    static let freshness: Int64 = 86_400
    /// Grows when a deployment is restored from a backup.
    static let generation: Int64 = 1

    func profiles(_ caller: Caller) throws -> ControlAnswer {
        let entries = caller.organization.profiles(for: caller.subject).compactMap { name -> ProfileList.Entry? in
            guard case .success(let effective) = caller.organization.effective(profile: name, for: caller.subject)
            else { return nil }
            return ProfileList.Entry(
                name: name,
                model: effective.defaultModel,
                modelProvider: effective.defaultProvider,
                providers: effective.providers.keys.sorted()
            )
        }
        return try .json(ProfileList(profiles: entries))
    }

    func models(_ request: ControlRequest, for caller: Caller) throws -> ControlAnswer {
        try request.query.allowOnly(["profile"])
        let wanted = try request.query.value("profile", as: ProfileName.self)
        guard let profile = wanted ?? caller.organization.profiles(for: caller.subject).first else {
            throw Failure.profileNotAllowed
        }
        let effective = try caller.organization.effective(profile: profile, for: caller.subject).get()
        return try .json(
            ModelList(
                profile: profile,
                defaultModel: effective.defaultModel,
                defaultProvider: effective.defaultProvider,
                models: effective.models.map { ModelList.Entry(id: $0.id, displayName: $0.displayName) }
            )
        )
    }

    func bundle(_ request: ControlRequest, for caller: Caller) throws -> ControlAnswer {
        try request.query.allowOnly(["form", "profile"])
        guard let form = request.query["form"].map({ BundleForm(rawValue: $0) }) ?? .user,
            let audience = BundleAudience(caller.subject)
        else {
            throw ControlRefusal(.malformedRequest, detail: "`form` is `user` or `enforced`.")
        }
        let bundle = ConfigurationBundle(
            deployment: parts.keys.deployment,
            organization: caller.organization.id,
            audience: audience,
            form: form,
            order: BundleOrder(generation: Self.generation, revision: caller.organization.changeVersion),
            content: caller.organization.clientConfiguration(
                for: caller.subject,
                server: parts.settings.controlURL,
                relay: parts.settings.relayURL
            )
        )
        guard let bundle else { throw Failure.internalError }
        return try answer(bundle, request, caller)
    }

    private func answer(
        _ bundle: ConfigurationBundle,
        _ request: ControlRequest,
        _ caller: Caller
    ) throws -> ControlAnswer {
        let key = parts.keys.configuration
        let statement = FreshnessStatement(for: bundle, notAfter: request.seconds + Self.freshness)
        let freshness = SignedDocument(try statement.signed(by: key))
        if let known = request.head.ifNoneMatch, Self.matches(known, bundle.etag) {
            return ControlAnswer(
                status: 304,
                headers: [
                    (name: "ETag", value: bundle.etag), (name: ControlHeader.freshness, value: freshness.compact),
                ]
            )
        }
        let body = ConfigurationAnswer(bundle: SignedDocument(try bundle.signed(by: key)), freshness: freshness)
        var answer = try ControlAnswer.json(body)
        answer.headers.append((name: "ETag", value: bundle.etag))
        // Reading is nothing to wait for; the record is for "who has this revision?".
        parts.audit.note(
            caller.record(
                .configurationFetched,
                request,
                ["revision": .integer(bundle.order.revision), "detail": .string(bundle.form.rawValue)]
            )
        )
        return answer
    }

    /// `If-None-Match` with one tag or a list (RFC 9110 13.1.2); weak marks do not matter here.
    private static func matches(_ field: String, _ etag: String) -> Bool {
        field.split(separator: ",").contains { tag in
            let tag = tag.drop { $0 == " " }
            let strong = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
            return strong.prefix { $0 != " " } == etag
        }
    }
}

extension SignedDocument {
    init(_ signed: SignedBytes) {
        self.init(
            payload: Base64URL.encode(signed.payload),
            signature: Base64URL.encode(signed.signature),
            key: signed.key
        )
    }
}
