#if KEYREEVE_LIBSECRET
import CLibSecret
import Cryptography
import Glibc

/// Blocking calls to the Secret Service.
///
/// Not libsecret's simple API: that one answers "nothing" for a locked keyring, and may ask a person to unlock it.
/// Here a search never unlocks, and what it did not find is missing only if the default collection is open.
enum SecretServiceClient {
    static let isBuiltIn = true

    static func lookup(_ item: KeyringItem, in arena: SecretArena, cancellation: Cancellation) -> KeyringAnswer {
        retrying(cancellation) { call throws(GLibFailure) in
            let found = try unsafe call.search(item, loadingSecrets: true)
            defer { unsafe g_list_free_full(found.list, g_object_unref) }
            guard let match = unsafe found.matches.first else {
                return try call.isDefaultCollectionLocked() == true ? .locked : .missing
            }
            // Which of two is meant is not ours to guess.
            guard unsafe found.matches.count == 1 else { return .unavailable("more than one secret matches") }
            if unsafe secret_item_get_locked(match) != 0 { return .locked }
            guard let value = unsafe secret_item_get_secret(match) else {
                return .unavailable("the keyring did not hand out the secret")
            }
            defer { unsafe secret_value_unref(UnsafeMutableRawPointer(value)) }
            var count: gsize = 0
            let start = unsafe secret_value_get(value, &count)
            let bytes = unsafe UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(count))
            do {
                return .found(try arena.store(unsafe RawSpan(_unsafeBytes: bytes)))
            } catch {
                return .unavailable("there is no locked memory left for the secret")
            }
        }
    }

    static func store(_ secret: Secret, as item: KeyringItem, cancellation: Cancellation) -> KeyringAnswer {
        retrying(cancellation) { call throws(GLibFailure) in
            guard let isLocked = try call.isDefaultCollectionLocked() else {
                return .unavailable("the keyring has no default collection; create one with your keyring manager")
            }
            // libsecret would ask a person to unlock it.
            guard !isLocked else { return .locked }
            let found = try unsafe call.search(item, loadingSecrets: false)
            defer { unsafe g_list_free_full(found.list, g_object_unref) }
            try unsafe call.store(secret, as: item, replacing: found.matches)
            return .found(secret)
        }
    }

    static func clear(_ item: KeyringItem, cancellation: Cancellation) -> KeyringAnswer {
        retrying(cancellation) { call throws(GLibFailure) in
            let found = try unsafe call.search(item, loadingSecrets: false)
            defer { unsafe g_list_free_full(found.list, g_object_unref) }
            guard unsafe !found.matches.isEmpty else {
                return try call.isDefaultCollectionLocked() == true ? .locked : .missing
            }
            for index in unsafe found.matches.indices {
                let match = unsafe found.matches[index]
                if unsafe secret_item_get_locked(match) != 0 { return .locked }
                try unsafe call.delete(match)
            }
            return .missing
        }
    }

    /// libsecret keeps its proxy of a daemon for ever, also of one that is gone: after any failure it is made to
    /// forget it, and the call is tried once more.
    private static func retrying(
        _ cancellation: Cancellation,
        _ body: (borrowing SecretServiceCall) throws(GLibFailure) -> KeyringAnswer
    ) -> KeyringAnswer {
        var reason = "the keyring did not answer in time"
        var failures = 0
        while failures < 2, !cancellation.isCancelled {
            do {
                return try body(SecretServiceCall(cancellation))
            } catch {
                switch error {
                case .locked: return .locked
                // Another call's cancellation, where both waited for the same connection; it is made anew.
                case .cancelled: usleep(10_000)
                case .failed(let message):
                    reason = message
                    failures += 1
                }
            }
            secret_service_disconnect()
        }
        return .unavailable(reason)
    }
}
#else
import Cryptography

/// What there is without libsecret.
enum SecretServiceClient {
    static let isBuiltIn = false

    private static let answer = KeyringAnswer.unavailable("built without libsecret")

    static func lookup(_ item: KeyringItem, in arena: SecretArena, cancellation: Cancellation) -> KeyringAnswer {
        answer
    }

    static func store(_ secret: Secret, as item: KeyringItem, cancellation: Cancellation) -> KeyringAnswer {
        answer
    }

    static func clear(_ item: KeyringItem, cancellation: Cancellation) -> KeyringAnswer {
        answer
    }
}
#endif
