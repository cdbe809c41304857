/// Which secret: a schema and attributes that together name exactly one. None of this is secret.
package struct KeyringItem: Hashable, Sendable {
    package let schema: String
    package let attributes: [String: String]
    /// What a keyring manager shows to people.
    package let label: String

    package init(schema: String = "org.keyreeve.Session", attributes: [String: String], label: String) {
        self.schema = schema
        self.attributes = attributes
        self.label = label
    }
}
