import Cryptography
import Model
import Synchronization

/// What a token's bytes prove. Never an answer: time, epochs and revocation are looked at on each use.
enum TokenProof: Sendable {
    case claims(TokenClaims)
    case apiToken(APITokenID, organization: OrganizationID, verifier: Digest)
}

/// Proofs by the digest of the whole token, so that a warm request costs one hash and no signature check.
///
/// Bounded by two generations: when the young one is full it becomes the old one, and what nobody asked for since is
/// gone. Only proven tokens get in, so strangers cannot push anyone out.
final class ProofCache: Sendable {
    private struct Generations {
        var young: [Digest: TokenProof] = [:]
        var old: [Digest: TokenProof] = [:]
    }

    private let limit: Int
    private let state = Mutex(Generations())

    /// `limit`: entries of one generation.
    init(limit: Int = 4096) { self.limit = limit }

    subscript(digest: Digest) -> TokenProof? {
        state.withLock { state in
            if let proof = state.young[digest] { return proof }
            guard let proof = state.old[digest] else { return nil }
            Self.insert(proof, for: digest, into: &state, limit: limit)
            return proof
        }
    }

    func insert(_ proof: TokenProof, for digest: Digest) {
        state.withLock { Self.insert(proof, for: digest, into: &$0, limit: limit) }
    }

    var count: Int { state.withLock { $0.young.count + $0.old.count } }

    private static func insert(_ proof: TokenProof, for digest: Digest, into state: inout Generations, limit: Int) {
        if state.young.count >= limit {
            state.old = state.young
            state.young = [:]
        }
        state.young[digest] = proof
    }
}
