import Synchronization

@testable import Commands

/// A keyring that is there, locked or absent.
final class FakeVault: Vault {
    enum Mood: Sendable {
        case open
        case locked
        case absent
    }

    private let items = Mutex<[VaultName: [UInt8]]>([:])
    private let mood: Mood

    init(_ mood: Mood) { self.mood = mood }

    var count: Int { items.withLock { $0.count } }

    func lookup(_ name: VaultName) async -> VaultAnswer {
        refusal ?? items.withLock { $0[name].map { .found($0) } ?? .missing }
    }

    func store(_ bytes: [UInt8], as name: VaultName) async -> VaultAnswer {
        if let refusal { return refusal }
        items.withLock { $0[name] = bytes }
        return .found(bytes)
    }

    func clear(_ name: VaultName) async -> VaultAnswer {
        if let refusal { return refusal }
        items.withLock { $0[name] = nil }
        return .missing
    }

    private var refusal: VaultAnswer? {
        switch mood {
        case .open: nil
        case .locked: .locked
        case .absent: .unavailable("there is no Secret Service")
        }
    }
}
