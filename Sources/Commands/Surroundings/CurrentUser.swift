import Glibc

enum CurrentUser {
    /// The effective user id.
    static var id: UInt32 { geteuid() }
}
