/// A name with its value, where the order of several matters or a name may not be hashed as a key.
package struct NamedValue: Hashable, Sendable, Codable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
