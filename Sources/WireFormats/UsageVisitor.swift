/// Picks usage and ending out of one JSON text, by exact path.
struct UsageVisitor: JSONVisitor, Sendable {
    private enum Member: Sendable {
        case other
        case envelope
        case usage
        case input
        case output
        case inputDetails
        case cached
        case type
    }

    /// `envelope.usage.details.cached` is the deepest path that we read.
    private static let deepest = 4

    private(set) var usage = Usage()
    private(set) var ending = StreamEnding.open
    private let names: UsageNames
    /// The member we are in at each depth, outermost first.
    private var path = [Member](repeating: .other, count: Self.deepest)

    init(names: UsageNames) {
        self.names = names
    }

    func wantsName(depth: Int) -> Bool { depth >= 1 && depth <= Self.deepest }
    func wantsText(depth: Int) -> Bool { depth >= 1 && depth <= Self.deepest && self[depth] != .other }

    private subscript(depth: Int) -> Member {
        get { depth >= 1 && depth <= path.count ? path[depth - 1] : .other }
        set { if depth >= 1, depth <= path.count { path[depth - 1] = newValue } }
    }

    mutating func name(_ text: CapturedText, depth: Int) {
        self[depth] = member(text, depth: depth)
    }

    private func member(_ text: CapturedText, depth: Int) -> Member {
        if depth == 1 {
            if text.equals("type") { return .type }
            if let envelope = names.envelope, text.equals(envelope) { return .envelope }
        }
        if text.equals("usage"), depth == 1 || (depth == 2 && self[1] == .envelope) { return .usage }
        switch self[depth - 1] {
        case .usage:
            if text.equals(names.input) { return .input }
            if text.equals(names.output) { return .output }
            if text.equals(names.inputDetails) { return .inputDetails }
            return .other
        case .inputDetails: return text.equals(names.cached) ? .cached : .other
        default: return .other
        }
    }

    mutating func opened(object: Bool, depth: Int) {
        // Elements of arrays have no names, and a nested object starts without one.
        self[depth] = .other
        if !object { self[depth - 1] = .other }
    }

    mutating func string(_ text: CapturedText, depth: Int) {
        guard depth == 1, self[1] == .type else { return }
        for entry in names.endings where text.equals(entry.type) { ending = entry.ending }
    }

    mutating func number(_ text: CapturedText, depth: Int) {
        switch self[depth] {
        case .input: usage.inputTokens = text.count ?? usage.inputTokens
        case .output: usage.outputTokens = text.count ?? usage.outputTokens
        case .cached: usage.cachedTokens = text.count ?? usage.cachedTokens
        default: break
        }
    }

    mutating func literal(_ literal: JSONLiteral, depth: Int) {}

    mutating func end(_ ending: StreamEnding) { self.ending = ending }
}

extension CapturedText {
    /// A whole number from 0 up that fits; nil for anything else.
    fileprivate var count: Int64? {
        guard !isCut, !bytes.isEmpty, bytes.count <= 19 else { return nil }
        var value: Int64 = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let (shifted, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = shifted.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            guard !overflowed, !carried else { return nil }
            value = sum
        }
        return value
    }
}
