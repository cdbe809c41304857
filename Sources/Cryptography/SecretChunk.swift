import COpenSSL
import Glibc

/// One mapping of the arena: locked into memory, left out of core files, empty in a forked child, with a page before
/// and after it that cannot be touched.
@safe struct SecretChunk: ~Copyable {
    let isLocked: Bool
    var slots: SlotAllocator
    let start: UnsafeMutableRawPointer
    private let count: Int
    private let page: Int

    /// Maps at least `capacity` bytes, rounded up to pages.
    init(capacity: Int, lockPolicy: SecretArena.LockPolicy) throws(CryptographyError) {
        let page = max(Int(sysconf(Int32(_SC_PAGESIZE))), 4096)
        let (padded, tooLarge) = max(capacity, 1).addingReportingOverflow(page - 1)
        let count = padded / page * page
        let (mapped, alsoTooLarge) = count.addingReportingOverflow(2 * page)
        guard !tooLarge, !alsoTooLarge, let base = unsafe keyreeve_map(mapped, PROT_NONE) else {
            throw .outOfMemory(bytes: capacity)
        }
        let start = unsafe base + page
        var isReady = unsafe mprotect(start, count, PROT_READ | PROT_WRITE) == 0
        isReady = unsafe isReady && madvise(start, count, MADV_DONTDUMP) == 0
        // Since Linux 4.14; an older kernel leaves children with a copy until they exec.
        _ = unsafe madvise(start, count, MADV_WIPEONFORK)
        let isLocked = unsafe isReady && mlock(start, count) == 0
        guard isReady, isLocked || lockPolicy == .warn else {
            unsafe munmap(base, mapped)
            throw isReady ? .memoryNotLocked(bytes: count) : .outOfMemory(bytes: count)
        }
        self.isLocked = isLocked
        unsafe self.start = unsafe start
        self.count = count
        self.page = page
        slots = SlotAllocator(units: count / SecretArena.granularity)
    }

    deinit {
        unsafe OPENSSL_cleanse(start, count)
        unsafe munmap(start - page, count + 2 * page)
    }
}
