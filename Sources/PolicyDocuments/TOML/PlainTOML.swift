import Policy

/// A small TOML file of plain values, such as the server's settings, read as a whole.
///
/// Text reaches the parser only through here and through policy documents, behind the check of the grammar: the parser
/// aborts the process on some malformed texts.
package struct PlainTOML: Sendable {
    package enum Value: Hashable, Sendable {
        case text(String)
        case number(Int64)
        case flag(Bool)
        case texts([String])
        /// A decimal, a date, or a list of anything but text.
        case other
    }

    package struct Entry: Hashable, Sendable {
        /// Keys from the root.
        package let path: [String]
        package let value: Value
        /// From 1; 0 where it is not known.
        package let line: Int
    }

    /// In the order of the text.
    package let entries: [Entry]

    /// - Parameter name: The file, as errors call it.
    package init(_ text: String, name: String) throws(PlainTOMLError) {
        let document: TOMLDocument
        do throws(TOMLProblem) {
            document = try TOMLDocument(text)
        } catch {
            let place = error.position.map { "\(name):\($0.line)" } ?? name
            throw PlainTOMLError(description: "\(place): \(error.message)")
        }
        var entries: [Entry] = []
        Self.collect(document.root, at: [], of: document, into: &entries)
        self.entries = entries.sorted { ($0.line, $0.path.joined()) < ($1.line, $1.path.joined()) }
    }

    /// As deep as the grammar's check lets a text nest.
    private static func collect(
        _ table: [String: ConfigValue],
        at path: [String],
        of document: TOMLDocument,
        into entries: inout [Entry]
    ) {
        for (key, value) in table {
            let path = path + [key]
            if case .table(let inner) = value {
                collect(inner, at: path, of: document, into: &entries)
            } else {
                let line = document.position(path)?.line ?? 0
                entries.append(Entry(path: path, value: Value(value), line: line))
            }
        }
    }
}

extension PlainTOML.Value {
    fileprivate init(_ value: ConfigValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .integer(let number): self = .number(number)
        case .bool(let flag): self = .flag(flag)
        case .array: self = value.strings.map { .texts($0) } ?? .other
        case .double, .other, .table: self = .other
        }
    }
}

/// What is wrong with a text as a whole: `FILE:LINE: what`.
package struct PlainTOMLError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}
