import COpenSSL
import Glibc

/// What a process does for its secrets before it has any.
package enum ProcessHardening {
    /// No core files, and no attaching by other processes of the same user. Call it first thing in `main`.
    ///
    /// Neither call can fail for these values; what counts is `isDumpable` afterwards.
    package static func disableDumps() {
        _ = keyreeve_set_dumpable(0)
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    package static var isDumpable: Bool { keyreeve_get_dumpable() != 0 }
}
