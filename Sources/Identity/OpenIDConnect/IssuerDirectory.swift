import Synchronization

/// What issuers publish, fetched through a closure and cached.
///
/// Good for ten minutes, and for a day when the issuer cannot be reached; a key id we do not know asks again, at most
/// every thirty seconds, so that a stranger's tokens cannot make us hammer an issuer.
package final class IssuerDirectory: Sendable {
    /// GET of an address that is already allowed; throws for anything but a 200 of bounded size.
    package typealias Fetch = @Sendable (_ address: String) async throws -> [UInt8]

    static let freshFor: Int64 = 600
    static let usableFor: Int64 = 24 * 3600
    static let refetchEvery: Int64 = 30

    private struct Entry: Sendable {
        var metadata: IssuerMetadata
        var keys: IssuerKeys
        var fetchedAt: Int64
        /// Also failed attempts count.
        var attemptedAt: Int64
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let fetch: Fetch
    package let allowsLoopback: Bool

    package init(allowsLoopback: Bool, fetch: @escaping Fetch) {
        self.allowsLoopback = allowsLoopback
        self.fetch = fetch
    }

    /// Nil when the issuer cannot be reached or says something else than we asked for.
    package func metadata(of issuer: String, now: Int64) async -> IssuerMetadata? {
        await entry(of: issuer, now: now)?.metadata
    }

    /// The pinned key; nil when there is none, `unreachable` when the issuer cannot be asked.
    func key(id: String?, of issuer: String, now: Int64) async -> KeyAnswer {
        guard let entry = await entry(of: issuer, now: now) else { return .unreachable }
        if let key = entry.keys.key(id: id) { return .found(key) }
        guard now - entry.attemptedAt >= Self.refetchEvery else { return .missing }
        guard let again = await refreshed(issuer, previous: entry, now: now) else { return .missing }
        return again.keys.key(id: id).map { .found($0) } ?? .missing
    }

    enum KeyAnswer {
        case found(IssuerKey)
        case missing
        case unreachable
    }

    private func entry(of issuer: String, now: Int64) async -> Entry? {
        let known = entries.withLock { $0[issuer] }
        guard let known else { return await refreshed(issuer, previous: nil, now: now) }
        if now - known.fetchedAt < Self.freshFor { return known }
        if now - known.attemptedAt >= Self.refetchEvery,
            let fresh = await refreshed(issuer, previous: known, now: now)
        {
            return fresh
        }
        return now - known.fetchedAt < Self.usableFor ? known : nil
    }

    private func refreshed(_ issuer: String, previous: Entry?, now: Int64) async -> Entry? {
        if var previous {
            // Written before the wait, so that callers in the meantime keep to the old one.
            previous.attemptedAt = now
            let attempted = previous
            entries.withLock { $0[issuer] = attempted }
        }
        guard let entry = await fetched(issuer, now: now) else { return nil }
        entries.withLock { $0[issuer] = entry }
        return entry
    }

    private func fetched(_ issuer: String, now: Int64) async -> Entry? {
        guard IssuerURL(issuer, allowingLoopback: allowsLoopback) != nil,
            let document = try? await fetch(IssuerMetadata.address(of: issuer)),
            let metadata = IssuerMetadata(document: document, issuer: issuer, allowingLoopback: allowsLoopback),
            let set = try? await fetch(metadata.keysAddress),
            let keys = await IssuerKeys(document: set)
        else { return nil }
        return Entry(metadata: metadata, keys: keys, fetchedAt: now, attemptedAt: now)
    }
}
