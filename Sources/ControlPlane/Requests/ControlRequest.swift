import FoundationEssentials
import Model

/// A request that its route has let through, on its way to a handler.
struct ControlRequest: Sendable {
    let head: RequestHead
    let parameters: [String: String]
    let query: QueryItems
    let body: [UInt8]
    let now: Date

    var id: String { head.id }
    var seconds: Int64 { now.wholeSeconds }

    /// Throws `malformedRequest` for anything that is not this shape. What the body held is not repeated.
    func decoded<Shape: Decodable>(as shape: Shape.Type = Shape.self) throws -> Shape {
        do {
            return try JSONDecoder().decode(shape, from: Data(body))
        } catch DecodingError.keyNotFound(let key, _) {
            throw ControlRefusal(.malformedRequest, detail: "The request lacks `\(key.stringValue)`.")
        } catch {
            throw Failure.malformedRequest
        }
    }

    /// A named segment of the path; what is no such name or id exists nowhere, so `notFound`.
    func parameter<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = parameters[name].flatMap({ Value($0) }) else { throw Failure.notFound }
        return value
    }
}

extension Date {
    /// Whole seconds since 1970. Clocks of ours are far inside the range.
    var wholeSeconds: Int64 { Int64(clamping: Int(timeIntervalSince1970.rounded(.down))) }
}
