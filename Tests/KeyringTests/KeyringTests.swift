import Cryptography
import Foundation
import Keyring
import Testing

/// Against a real gnome-keyring. Each test has a process of its own, hence a bus of its own, and everything that
/// libsecret remembers is forgotten with it.
@Suite(
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: Keyring.isBuiltIn, "built without libsecret"),
    .enabled(if: PrivateKeyring.isInstalled, "needs gnome-keyring and dbus: apt-get install gnome-keyring dbus")
)
struct KeyringTests {
    @Test func aSecretIsStoredFoundReplacedAndCleared() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            try desk.system.startBus()
            try desk.system.startDaemon()
            let item = KeyringItem(attributes: ["server": "a", "user": "b"], label: "Keyreeve session")
            #expect(await desk.keyring.lookup(item).kind == "missing")
            // Bytes that are no text, a NUL and a newline among them.
            let first = try desk.arena.store([0, 1, 10, 255, 254, 0])
            #expect(await desk.keyring.store(first, as: item).kind == "found")
            #expect(await desk.keyring.lookup(item).bytes == first.copyOfBytes())
            let second = try desk.arena.store(SecureRandom.bytes(3000))
            #expect(await desk.keyring.store(second, as: item).kind == "found")
            #expect(await desk.keyring.lookup(item).bytes == second.copyOfBytes())
            #expect(await desk.keyring.clear(item).kind == "missing")
            #expect(await desk.keyring.lookup(item).kind == "missing")
            #expect(await desk.keyring.clear(item).kind == "missing")
        }
    }

    @Test func attributesAndSchemaAreMatchedExactly() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            try desk.system.startBus()
            try desk.system.startDaemon()
            let short = KeyringItem(attributes: ["server": "a"], label: "short")
            let long = KeyringItem(attributes: ["server": "a", "user": "b"], label: "long")
            let foreign = KeyringItem(schema: "org.example.Other", attributes: ["server": "a"], label: "foreign")
            #expect(await desk.keyring.store(try desk.arena.store([2]), as: long).kind == "found")
            // One with more attributes is not the one that was asked for, neither to read nor to remove.
            #expect(await desk.keyring.lookup(short).kind == "missing")
            #expect(await desk.keyring.lookup(foreign).kind == "missing")
            #expect(await desk.keyring.clear(short).kind == "missing")
            #expect(await desk.keyring.store(try desk.arena.store([1]), as: short).kind == "found")
            #expect(await desk.keyring.lookup(short).bytes == [1])
            #expect(await desk.keyring.lookup(long).bytes == [2])
            #expect(await desk.keyring.clear(short).kind == "missing")
            #expect(await desk.keyring.lookup(long).bytes == [2])
        }
    }

    @Test func aLockedKeyringIsNotAMissingSecret() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            try desk.system.startBus()
            try desk.system.startDaemon()
            let stored = KeyringItem(attributes: ["server": "a"], label: "stored")
            let other = KeyringItem(attributes: ["server": "b"], label: "other")
            #expect(await desk.keyring.store(try desk.arena.store([1]), as: stored).kind == "found")
            try desk.system.lock()
            #expect(await desk.keyring.lookup(stored).kind == "locked")
            #expect(await desk.keyring.lookup(other).kind == "locked")
            #expect(await desk.keyring.store(try desk.arena.store([2]), as: stored).kind == "locked")
            #expect(await desk.keyring.clear(stored).kind == "locked")
        }
    }

    @Test func aKeyringUnlockedWithTheWrongPasswordIsLocked() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            try desk.system.startBus()
            let first = try desk.system.startDaemon(password: "right")
            let item = KeyringItem(attributes: ["server": "a"], label: "stored")
            #expect(await desk.keyring.store(try desk.arena.store([1]), as: item).kind == "found")
            try desk.system.killDaemon(first)
            try desk.system.startDaemon(password: "wrong")
            #expect(await desk.keyring.lookup(item).kind == "locked")
        }
    }

    @Test func withoutABusOrADaemonItIsUnavailableAtOnce() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            let item = KeyringItem(attributes: ["server": "a"], label: "none")
            #expect(await desk.timed { await desk.keyring.lookup(item).kind } == "unavailable")
            #expect(await desk.timed { await desk.keyring.clear(item).kind } == "unavailable")
            try desk.system.startBus()
            #expect(await desk.timed { await desk.keyring.lookup(item).kind } == "unavailable")
            let secret = try desk.arena.store([1])
            #expect(await desk.timed { await desk.keyring.store(secret, as: item).kind } == "unavailable")
            // It comes late, and is used.
            try desk.system.startDaemon()
            #expect(await desk.keyring.store(secret, as: item).kind == "found")
        }
    }

    @Test func aDaemonThatHangsEndsTheCallAtTheDeadline() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            try desk.system.startBus()
            let daemon = try desk.system.startDaemon()
            let item = KeyringItem(attributes: ["server": "a"], label: "stored")
            #expect(await desk.keyring.store(try desk.arena.store([1]), as: item).kind == "found")
            kill(daemon, SIGSTOP)
            let start = ContinuousClock.now
            // More callers than threads: they share the deadline, they do not queue for it.
            let kinds = await withTaskGroup(of: String.self) { group in
                for _ in 0..<10 { group.addTask { await desk.keyring.lookup(item).kind } }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            let elapsed = start.duration(to: .now)
            #expect(kinds == ["unavailable"])
            #expect(elapsed >= .seconds(1.9) && elapsed <= .seconds(6), "\(elapsed)")
            kill(daemon, SIGCONT)
            #expect(await desk.keyring.lookup(item).bytes == [1])
        }
    }

    @Test func aBusThatHangsEndsTheCallAtTheDeadline() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            try desk.system.startBus()
            try desk.system.startDaemon()
            let item = KeyringItem(attributes: ["server": "a"], label: "stored")
            desk.system.signalBus(SIGSTOP)
            let start = ContinuousClock.now
            // Here libsecret connects, which it does not let anyone cancel.
            #expect(await desk.keyring.lookup(item).kind == "unavailable")
            let elapsed = start.duration(to: .now)
            #expect(elapsed >= .seconds(1.9) && elapsed <= .seconds(6), "\(elapsed)")
            desk.system.signalBus(SIGCONT)
            #expect(await desk.keyring.store(try desk.arena.store([1]), as: item).kind == "found")
        }
    }

    @Test func aDaemonKilledAndStartedAgainIsFoundAgain() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            try desk.system.startBus()
            let item = KeyringItem(attributes: ["server": "a"], label: "stored")
            var daemon = try desk.system.startDaemon()
            #expect(await desk.keyring.store(try desk.arena.store([7]), as: item).kind == "found")
            for _ in 0..<3 {
                try desk.system.killDaemon(daemon)
                #expect(await desk.timed { await desk.keyring.lookup(item).kind } == "unavailable")
                daemon = try desk.system.startDaemon()
                #expect(await desk.keyring.lookup(item).bytes == [7])
                // And where nobody asked while it was gone.
                try desk.system.killDaemon(daemon)
                daemon = try desk.system.startDaemon()
                #expect(await desk.keyring.lookup(item).bytes == [7])
            }
        }
    }

    @Test func theEndOfTheBusIsNotTheEndOfTheProcess() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            let item = KeyringItem(attributes: ["server": "a"], label: "stored")
            try desk.system.startBus()
            let daemon = try desk.system.startDaemon()
            #expect(await desk.keyring.store(try desk.arena.store([9]), as: item).kind == "found")
            try desk.system.killBus()
            kill(daemon, SIGKILL)
            #expect(await desk.timed { await desk.keyring.lookup(item).kind } == "unavailable")
            try desk.system.startBus()
            try desk.system.startDaemon()
            #expect(await desk.keyring.lookup(item).bytes == [9])
        }
    }

    @Test func manyCallersAreAnswered() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            try desk.system.startBus()
            try desk.system.startDaemon()
            await withTaskGroup(of: Void.self) { group in
                for value in 0..<20 as Range<UInt8> {
                    group.addTask {
                        let item = KeyringItem(attributes: ["server": "s\(value)"], label: "many")
                        guard let secret = try? desk.arena.store([value]) else { return }
                        #expect(await desk.keyring.store(secret, as: item).kind == "found")
                        for _ in 0..<5 { #expect(await desk.keyring.lookup(item).bytes == [value]) }
                    }
                }
            }
        }
    }

    @Test func aCancelledCallEndsAtOnce() async {
        await #expect(processExitsWith: .success) {
            let desk = try Desk()
            try desk.system.startBus()
            let daemon = try desk.system.startDaemon()
            let item = KeyringItem(attributes: ["server": "a"], label: "stored")
            #expect(await desk.keyring.lookup(item).kind == "missing")
            kill(daemon, SIGSTOP)
            let start = ContinuousClock.now
            await withTaskGroup(of: Void.self) { group in
                group.addTask { #expect(await desk.keyring.lookup(item).kind == "unavailable") }
                try? await Task.sleep(for: .milliseconds(100))
                group.cancelAll()
            }
            #expect(start.duration(to: .now) < .seconds(5))
            kill(daemon, SIGCONT)
        }
    }
}

@Suite(.disabled(if: Keyring.isBuiltIn, "built with libsecret"))
struct WithoutLibSecretTests {
    @Test func everyAnswerIsUnavailable() async throws {
        let arena = try SecretArena.make(capacity: 4096, lockPolicy: .warn)
        let keyring = Keyring(arena: arena)
        let item = KeyringItem(attributes: ["server": "a"], label: "none")
        let answers = [
            await keyring.lookup(item), await keyring.store(try arena.store([1]), as: item), await keyring.clear(item),
        ]
        for answer in answers {
            guard case .unavailable("built without libsecret") = answer else {
                Issue.record("\(answer)")
                continue
            }
        }
    }
}

/// What each test has on its desk.
private struct Desk: Sendable {
    let system: PrivateKeyring
    let arena: SecretArena
    let keyring: Keyring

    init() throws {
        system = try PrivateKeyring()
        arena = try SecretArena.make(capacity: 16 * 1024, lockPolicy: .warn)
        keyring = Keyring(arena: arena)
    }

    /// Nobody waits for what is plainly not there.
    func timed(_ body: () async -> String) async -> String {
        let start = ContinuousClock.now
        let kind = await body()
        let elapsed = start.duration(to: .now)
        #expect(elapsed < .seconds(5), "\(elapsed)")
        return kind
    }
}

extension KeyringAnswer {
    fileprivate var kind: String {
        switch self {
        case .found: "found"
        case .missing: "missing"
        case .locked: "locked"
        case .unavailable: "unavailable"
        }
    }

    fileprivate var bytes: [UInt8]? {
        if case .found(let secret) = self { secret.copyOfBytes() } else { nil }
    }
}
