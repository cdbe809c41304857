import Glibc

/// The kernel's bound on open files, which is a bound on connections.
enum OpenFiles {
    /// For the database, the journal, the listeners and what libraries open.
    private static let reserve = 256

    /// Raises the bound as far as it may be raised; what it is now.
    static func raise() -> Int {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { return 1024 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if unsafe setrlimit(resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many clients fit: each may need a second socket, to a provider.
    static func connections(within limit: Int) -> Int {
        max((limit - min(reserve, limit)) / 2, 1)
    }
}
