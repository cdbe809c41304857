/// A file for Codex, in the two parts that TOML's order needs: keys of the root stand before any table.
package struct RenderedFile: Hashable, Sendable {
    /// Lines with their endings; may be empty.
    package let keys: String
    /// Lines with their endings; may be empty.
    package let tables: String

    package init(keys: String, tables: String) {
        self.keys = keys
        self.tables = tables
    }

    /// As a whole file of our own.
    package var text: String { tables.isEmpty ? keys : keys + "\n" + tables }
}

/// Why nothing can be rendered, as a sentence.
package struct RenderingProblem: Error, Hashable, Sendable {
    package let message: String
}
