package import Model

/// Counters that invalidate what was minted before they grew; a subject without an entry stands at 0.
package struct Epochs: Hashable, Sendable {
    package let organization: Int64
    private let users: [UserID: Int64]
    private let sessions: [SessionID: Int64]
    private let serviceAccounts: [ServiceAccountID: Int64]

    package init(
        organization: Int64 = 0,
        users: [UserID: Int64] = [:],
        sessions: [SessionID: Int64] = [:],
        serviceAccounts: [ServiceAccountID: Int64] = [:]
    ) {
        self.organization = organization
        self.users = users
        self.sessions = sessions
        self.serviceAccounts = serviceAccounts
    }

    package func user(_ id: UserID) -> Int64 { users[id] ?? 0 }
    package func session(_ id: SessionID) -> Int64 { sessions[id] ?? 0 }
    package func serviceAccount(_ id: ServiceAccountID) -> Int64 { serviceAccounts[id] ?? 0 }
}
