/// A path of fixed segments and named ones, `/v1/credentials/{name}`.
package struct PathPattern: Hashable, Sendable, CustomStringConvertible {
    private enum Segment: Hashable, Sendable {
        case fixed(String)
        case named(String)
    }

    package let description: String
    private let segments: [Segment]

    init(_ text: String) {
        description = text
        segments = text.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? .named(String(part.dropFirst().dropLast())) : .fixed(String(part))
        }
    }

    /// The named segments' texts, exactly as they stand in the path: every name of ours is one that needs no
    /// encoding, so nothing is decoded. Nil when the path is another one.
    func match(_ path: String) -> [String: String]? {
        guard path.hasPrefix("/") else { return nil }
        let parts = path.dropFirst().split(separator: "/", maxSplits: 16, omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            switch segment {
            case .fixed(let text): guard part == text else { return nil }
            case .named(let name): values[name] = String(part)
            }
        }
        return values
    }
}
