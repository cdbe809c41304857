/// Which rendering of the effective configuration: `GET /v1/config?form=user|enforced&profile=NAME`.
///
/// `profile` is the client's active one and may be left out. The answer carries an `ETag` over the content without
/// its times; `If-None-Match` gives 304 with the freshness statement in `ControlHeader.freshness`.
package enum ConfigurationForm: String, Codable, Hashable, Sendable, CaseIterable {
    case user
    case enforced
}

/// Bytes under a signature of the configuration key; what the payload says is `PolicyDocuments`' business.
package struct SignedDocument: Codable, Hashable, Sendable {
    /// The signed bytes, base64url without padding.
    package var payload: String
    /// The Ed25519 signature over the payload's bytes, base64url without padding.
    package var signature: String
    /// The fingerprint of the key, as `ConfigurationKey.fingerprint`.
    package var key: String

    package init(payload: String, signature: String, key: String) {
        self.payload = payload
        self.signature = signature
        self.key = key
    }

    /// One line for a header: payload, signature and key with dots between; none of the three contains one.
    package var compact: String { "\(payload).\(signature).\(key)" }

    package init?(compact: String) {
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = parts.first, let key = parts.last else { return nil }
        self.init(payload: String(payload), signature: String(parts[1]), key: String(key))
    }
}

/// The body of a 200 of `/v1/config`.
package struct ConfigurationAnswer: Codable, Hashable, Sendable {
    package var bundle: SignedDocument
    package var freshness: SignedDocument

    package init(bundle: SignedDocument, freshness: SignedDocument) {
        self.bundle = bundle
        self.freshness = freshness
    }
}
