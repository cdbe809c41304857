/// Meters a whole JSON answer that arrives in pieces.
package struct DocumentMeter: Sendable {
    private var json = JSONStream()
    private var visitor: UsageVisitor

    package init(format: WireFormat) {
        visitor = UsageVisitor(names: format.usageNames)
    }

    package var usage: Usage { visitor.usage }

    package mutating func consume(_ bytes: Span<UInt8>) {
        json.consume(bytes, &visitor)
    }
}
