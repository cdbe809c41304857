import Glibc

/// Starts a program that lives on by itself: a browser. It gets no input, no output and a session of its own.
enum SystemProcess {
    /// - Returns: Whether it started; not whether it does what was wished.
    static func startDetached(_ name: String, arguments: [String]) -> Bool {
        var actions = unsafe posix_spawn_file_actions_t()
        guard unsafe posix_spawn_file_actions_init(&actions) == 0 else { return false }
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        for descriptor: Int32 in 0...2 {
            let flags = descriptor == 0 ? O_RDONLY : O_WRONLY
            _ = unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", flags, 0)
        }
        var attributes = posix_spawnattr_t()
        guard unsafe posix_spawnattr_init(&attributes) == 0 else { return false }
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        // POSIX_SPAWN_SETSID, spawn.h: Ctrl-C in our terminal does not end the browser.
        _ = unsafe posix_spawnattr_setflags(&attributes, 0x80)
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe ([name] + arguments).map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { for index in unsafe pointers.indices { unsafe free(pointers[index]) } }
        var process: pid_t = 0
        return unsafe posix_spawnp(&process, name, &actions, &attributes, pointers, environ) == 0
    }
}
