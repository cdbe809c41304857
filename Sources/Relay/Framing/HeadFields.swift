import Signing

/// The header fields of a message as ranges of its bytes; names are lower-cased in place, values trimmed.
struct HeadFields: Sendable {
    struct Field: Hashable, Sendable {
        let name: Range<Int>
        let value: Range<Int>
    }

    /// The whole head, start line included.
    private(set) var bytes: [UInt8]
    private(set) var fields: [Field] = []
    private var known = [Range<Int>?](repeating: nil, count: KnownField.allCases.count)
    /// Whether names with `_` are passed over instead of refused: providers send some, and none is ever sent on.
    private let toleratesUnderscores: Bool

    /// Parses the lines from `start` on. `bytes` is a head that `HeadScanner` accepted.
    init(
        _ bytes: [UInt8],
        from start: Int,
        toleratesUnderscores: Bool = false
    ) throws(FramingProblem) {
        self.bytes = bytes
        self.toleratesUnderscores = toleratesUnderscores
        fields.reserveCapacity(24)
        var index = start
        while index < bytes.count, bytes[index] != 0x0d {
            index = try parseLine(from: index)
        }
    }

    /// Parses one line; the index behind its CRLF.
    private mutating func parseLine(from start: Int) throws(FramingProblem) -> Int {
        if bytes[start] == 0x20 || bytes[start] == 0x09 { throw .foldedField }
        var index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: ":") {
            let byte = bytes[index]
            let isAllowed = FieldText.isNameByte(byte) || (toleratesUnderscores && byte == UInt8(ascii: "_"))
            guard isAllowed else { throw .badFieldName }
            if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { bytes[index] = byte | 0x20 }
            index += 1
        }
        guard index > start, index < bytes.count else { throw .badFieldName }
        let name = start..<index
        index += 1
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        let valueStart = index
        var valueEnd = index
        while index < bytes.count, bytes[index] != 0x0d {
            let byte = bytes[index]
            guard FieldText.isValueByte(byte) else { throw .badFieldValue }
            index += 1
            if byte != 0x20, byte != 0x09 { valueEnd = index }
        }
        guard index + 1 < bytes.count, bytes[index + 1] == 0x0a else { throw .badFieldValue }
        try add(Field(name: name, value: valueStart..<valueEnd))
        return index + 2
    }

    private mutating func add(_ field: Field) throws(FramingProblem) {
        fields.append(field)
        guard let known = KnownField.lookUp(bytes.span.extracting(field.name)) else { return }
        if self.known[known.rawValue] != nil {
            guard known.mayRepeat else { throw .duplicateField }
        } else {
            self.known[known.rawValue] = field.value
        }
    }

    /// Where the value of a field stands; of `connection`, the first.
    subscript(_ field: KnownField) -> Range<Int>? { known[field.rawValue] }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    func text(_ field: KnownField) -> String? { self[field].map(text) }

    /// Whether a value is exactly this lower-case ASCII text, in any case.
    func value(_ range: Range<Int>, equals text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return bytes[range].lazy.map(Self.lowercased).elementsEqual(text.description.utf8)
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    /// The comma-separated, lower-cased members of every `Connection` field.
    func connectionOptions() throws(FramingProblem) -> [[UInt8]] {
        guard self[.connection] != nil else { return [] }
        var options: [[UInt8]] = []
        for field in fields where KnownField.lookUp(bytes.span.extracting(field.name)) == .connection {
            for part in bytes[field.value].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: true) {
                let trimmed = part.drop { $0 == 0x20 || $0 == 0x09 }
                let end = trimmed.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { $0 + 1 } ?? trimmed.startIndex
                let option = trimmed[trimmed.startIndex..<end].map(Self.lowercased)
                guard !option.isEmpty, option.allSatisfy(FieldText.isNameByte) else { throw .badConnection }
                options.append(option)
            }
        }
        return options
    }

    /// How the body is framed as far as the fields say; nil where they say nothing.
    func framing() throws(FramingProblem) -> BodyFraming? {
        let length = self[.contentLength]
        if let encoding = self[.transferEncoding] {
            guard length == nil else { throw .lengthAndEncoding }
            guard value(encoding, equals: "chunked") else { throw .badTransferEncoding }
            return .chunked
        }
        guard let length else { return nil }
        return .fixed(try contentLength(length))
    }

    /// 15 digits: a petabyte, far from overflow.
    private func contentLength(_ range: Range<Int>) throws(FramingProblem) -> Int {
        guard !range.isEmpty, range.count <= 15 else { throw .badContentLength }
        var value = 0
        for byte in bytes[range] {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { throw .badContentLength }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}

/// How a message says where its body ends.
enum BodyFraming: Hashable, Sendable {
    case none
    case fixed(Int)
    case chunked
    /// Until the connection ends; responses only.
    case untilClose
}
