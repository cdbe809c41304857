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
        case written
        case type
    }

    /// `envelope.usage.details.cached` is the deepest path that we read.
    private static let deepest = 4

    /// As the dialect writes it, before what it counts beside the input is added.
    private var counted = Usage()
    private var written: Int64?
    private(set) var ending = StreamEnding.open
    private let names: UsageNames
    /// The member we are in at each depth, outermost first.
    private var path = [Member](repeating: .other, count: Self.deepest)

    init(names: UsageNames) {
        self.names = names
    }

    /// Cached tokens are part of the input tokens, whichever way the dialect counts.
    var usage: Usage {
        guard case .beside = names.cached else { return counted }
        var usage = counted
        for beside in [counted.cachedTokens, written] {
            guard let beside else { continue }
            let (sum, overflowed) = (usage.inputTokens ?? 0).addingReportingOverflow(beside)
            usage.inputTokens = overflowed ? usage.inputTokens : sum
        }
        return usage
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
            switch names.cached {
            case .within(let details, _): return text.equals(details) ? .inputDetails : .other
            case .beside(let read, let written):
                return text.equals(read) ? .cached : text.equals(written) ? .written : .other
            }
        case .inputDetails:
            guard case .within(_, let member) = names.cached else { return .other }
            return text.equals(member) ? .cached : .other
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
        case .input: counted.inputTokens = text.count ?? counted.inputTokens
        case .output: counted.outputTokens = text.count ?? counted.outputTokens
        case .cached: counted.cachedTokens = text.count ?? counted.cachedTokens
        case .written: written = text.count ?? written
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
