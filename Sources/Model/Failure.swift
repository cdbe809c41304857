/// The one table from what went wrong to what a caller is told.
///
/// The raw value is the stable `code` of problem documents and the `reason` of audit records: add cases, never rename
/// one. A sentence says what to do next and holds nothing about other organizations and nothing secret.
package enum Failure: String, Error, Hashable, Sendable, CaseIterable {
    // Who is asking
    case signInRequired = "sign_in_required"
    case invalidToken = "invalid_token"
    case expiredToken = "expired_token"
    case revokedToken = "revoked_token"
    case ambiguousCredentials = "ambiguous_credentials"
    case refreshTokenReused = "refresh_token_reused"
    case invalidSignIn = "invalid_sign_in"
    case notAMember = "not_a_member"
    case roleRequired = "role_required"

    // What is asked
    case malformedRequest = "malformed_request"
    case unknownRoute = "unknown_route"
    case notFound = "not_found"
    case methodNotAllowed = "method_not_allowed"
    case bodyTooLarge = "body_too_large"
    case headTooLarge = "head_too_large"
    case requestTimeout = "request_timeout"
    case conflict
    case invalidDocument = "invalid_document"
    case destinationRequired = "destination_required"
    case upgradeRefused = "upgrade_refused"

    // What policy says
    case unknownProfile = "unknown_profile"
    case profileNotAllowed = "profile_not_allowed"
    case unknownProvider = "unknown_provider"
    case providerNotRelayed = "provider_not_relayed"
    case modelNotAllowed = "model_not_allowed"
    case modelMissing = "model_missing"

    // What is broken
    case credentialMissing = "credential_missing"
    case credentialUnavailable = "credential_unavailable"
    case credentialNotForHost = "credential_not_for_host"
    case auditUnavailable = "audit_unavailable"
    case storeUnavailable = "store_unavailable"
    case overloaded
    case rateLimited = "rate_limited"
    case upstreamUnreachable = "upstream_unreachable"
    case upstreamTimeout = "upstream_timeout"
    case upstreamMalformed = "upstream_malformed"
    case upstreamRefusedCredential = "upstream_refused_credential"
    case upstreamErrorWithheld = "upstream_error_withheld"
    case internalError = "internal_error"
}

extension Failure {
    /// The HTTP status. 400 is the only plain status that Codex shows at once and does not retry, so what a person
    /// must act on is a 400; we never send a 500 on the relay, whose message Codex hides.
    package var status: Int {
        switch self {
        case .signInRequired, .ambiguousCredentials, .malformedRequest, .modelNotAllowed, .modelMissing,
            .profileNotAllowed, .providerNotRelayed, .invalidSignIn, .destinationRequired:
            400
        case .invalidToken, .expiredToken, .revokedToken, .refreshTokenReused: 401
        case .notAMember, .roleRequired: 403
        case .unknownRoute, .notFound, .unknownProfile, .unknownProvider: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .conflict: 409
        case .bodyTooLarge: 413
        case .invalidDocument: 422
        case .upgradeRefused: 426
        case .rateLimited: 429
        case .headTooLarge: 431
        case .credentialMissing, .credentialUnavailable, .credentialNotForHost, .upstreamUnreachable,
            .upstreamMalformed, .upstreamRefusedCredential, .upstreamErrorWithheld:
            502
        case .auditUnavailable, .storeUnavailable, .overloaded, .internalError: 503
        case .upstreamTimeout: 504
        }
    }

    /// One sentence for the person, saying what to do next.
    package var sentence: String {
        switch self {
        case .signInRequired: "Sign in first: run `keyreeve login`."
        case .invalidToken: "This token is not valid here. Sign in again: run `keyreeve login`."
        case .expiredToken: "This token has expired. Sign in again: run `keyreeve login`."
        case .revokedToken: "This access was revoked. Sign in again: run `keyreeve login`, or ask your admin."
        case .ambiguousCredentials: "The request carries credentials in more than one place; send exactly one."
        case .refreshTokenReused:
            "This session was ended because its refresh token was used twice. Sign in again: run `keyreeve login`."
        case .invalidSignIn: "The sign-in could not be verified. Start again: run `keyreeve login`."
        case .notAMember: "You are not a member of this organization. Ask its admin to add you."
        case .roleRequired: "Your roles do not allow this. Ask your organization's admin."
        case .malformedRequest: "The request is malformed."
        case .unknownRoute: "There is nothing at this path."
        case .notFound: "There is no such thing here, or you may not see it."
        case .methodNotAllowed: "This path does not take that method."
        case .bodyTooLarge: "The request body is larger than allowed."
        case .headTooLarge: "The request's headers are larger than allowed."
        case .requestTimeout: "The request took too long to arrive."
        case .conflict: "It was changed by someone else, or exists already. Load it again and retry."
        case .invalidDocument: "The policy documents have errors; nothing was changed."
        case .destinationRequired:
            "Say where this credential may be sent: `keyreeve credential set NAME --for https://HOST`."
        case .upgradeRefused: "WebSockets are not offered here; use HTTP."
        case .unknownProfile: "There is no such profile. Run `keyreeve profile list` to see yours."
        case .profileNotAllowed: "This profile is not open to you. Run `keyreeve profile list` to see yours."
        case .unknownProvider: "This profile has no such provider. Run `keyreeve config sync` and try again."
        case .providerNotRelayed: "Policy does not relay this provider. Run `keyreeve config sync` and try again."
        case .modelNotAllowed: "Policy does not allow this model. Run `keyreeve models` to see what you may use."
        case .modelMissing: "The request names no model, or names it in a form that cannot be checked."
        case .credentialMissing: "The provider's credential is not set. Ask your admin: `keyreeve credential set`."
        case .credentialUnavailable: "The provider's credential cannot be obtained now. Try again in a moment."
        case .credentialNotForHost:
            "The provider's credential may not be sent to its address. Ask your admin: `keyreeve credential set`."
        case .auditUnavailable: "The audit cannot be written now, so nothing was sent. Try again in a moment."
        case .storeUnavailable: "The database cannot be reached now. Try again in a moment."
        case .overloaded: "Too much is under way. Try again in a moment."
        case .rateLimited: "There were too many attempts from this address. Try again in a few seconds."
        case .upstreamUnreachable: "The provider cannot be reached now. Try again in a moment."
        case .upstreamTimeout: "The provider did not answer in time. Try again in a moment."
        case .upstreamMalformed: "The provider sent an answer that cannot be understood."
        case .upstreamRefusedCredential:
            "The provider refused the organization's credential. Ask your admin: `keyreeve credential set`."
        case .upstreamErrorWithheld:
            "The provider answered with an error that cannot be shown. Try again, or tell your admin the request id."
        case .internalError: "Something went wrong in Keyreeve. Tell your operator the request id."
        }
    }
}
