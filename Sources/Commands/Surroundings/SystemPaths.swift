/// The paths that belong to root. No variable and no flag moves them; a test makes a value of its own.
package struct SystemPaths: Hashable, Sendable {
    /// The folder of Codex's enforced configuration; its parent must exist.
    package let codexFolder: String
    /// The folder of `trust.toml` and of what was installed last.
    package let keyreeveFolder: String
    /// Who must own both.
    package let owner: UInt32

    package static let standard = SystemPaths(codexFolder: "/etc/codex", keyreeveFolder: "/etc/keyreeve", owner: 0)

    init(codexFolder: String, keyreeveFolder: String, owner: UInt32) {
        self.codexFolder = codexFolder
        self.keyreeveFolder = keyreeveFolder
        self.owner = owner
    }
}
