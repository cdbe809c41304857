import Testing

@testable import WireFormats

@Suite struct EventStreamMeterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let format: WireFormat
        let stream: String
        let usage: Usage
        let ending: StreamEnding
        let events: Int64
    }

    static let whole = Usage(inputTokens: 1200, outputTokens: 34, cachedTokens: 1024)
    static let completed =
        #"{"type":"response.completed","response":{"id":"r","output":[{"usage":{"input_tokens":9}}],"usage":"#
        + #"{"input_tokens":1200,"input_tokens_details":{"cached_tokens":1024},"output_tokens":34,"total_tokens":1234}}}"#

    static let cases: [Case] = [
        Case(
            testDescription: "Responses",
            format: .responses,
            stream: "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"usage\":null}}\n\n"
                + "event: response.completed\ndata: \(completed)\n\n",
            usage: whole,
            ending: .completed,
            events: 2
        ),
        Case(
            testDescription: "CRLF, comments, no space after the colon, a byte order mark",
            format: .responses,
            stream: "\u{feff}: hi\r\n\r\ndata:{\"type\":\"x\"}\r\n\r\ndata:\(completed)\r\n\r\n",
            usage: whole,
            ending: .completed,
            events: 2
        ),
        Case(
            testDescription: "CR alone",
            format: .responses,
            stream: "data: \(completed)\r\r",
            usage: whole,
            ending: .completed,
            events: 1
        ),
        Case(
            testDescription: "Several data lines an event",
            format: .responses,
            stream: "data: {\"type\":\ndata:\"response.incomplete\"\ndata\ndatax: 1\ndata: }\n\n",
            usage: Usage(),
            ending: .incomplete,
            events: 1
        ),
        Case(
            testDescription: "Failed",
            format: .responses,
            stream: "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"x\"}}}\n\n",
            usage: Usage(),
            ending: .failed,
            events: 1
        ),
        Case(
            testDescription: "Rubbish between events",
            format: .responses,
            stream: "data: {]\n\ndata: [DONE]\n\n\n\nretry: 5\n\ndata: \(completed)\n\n",
            usage: whole,
            ending: .completed,
            events: 3
        ),
        Case(
            testDescription: "Numbers that are not counts",
            format: .responses,
            stream: "data: {\"usage\":{\"input_tokens\":-1,\"output_tokens\":99999999999999999999,"
                + "\"input_tokens_details\":{\"cached_tokens\":1.5}}}\n\n",
            usage: Usage(),
            ending: .open,
            events: 1
        ),
        Case(
            testDescription: "An unfinished last event counts for its usage only",
            format: .responses,
            stream: "data: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":5,",
            usage: Usage(inputTokens: 5),
            ending: .completed,
            events: 0
        ),
        Case(
            testDescription: "Chat Completions",
            format: .chatCompletions,
            stream: "data: {\"choices\":[{\"delta\":{\"content\":\"usage\"}}],\"usage\":null}\n\n"
                + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1200,\"completion_tokens\":34,"
                + "\"prompt_tokens_details\":{\"cached_tokens\":1024}}}\n\ndata: [DONE]\n\n",
            usage: whole,
            ending: .completed,
            events: 3
        ),
        Case(
            testDescription: "Messages",
            format: .messages,
            stream: "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":"
                + "{\"input_tokens\":100,\"cache_creation_input_tokens\":76,\"cache_read_input_tokens\":1024,"
                + "\"output_tokens\":1}}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n"
                + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                + "{\"type\":\"text_delta\",\"text\":\"usage \\u00e9 é\"}}\n\n"
                + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"usage\":{\"output_tokens\":9}},"
                + "\"usage\":{\"output_tokens\":34}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            usage: whole,
            ending: .completed,
            events: 5
        ),
        Case(
            testDescription: "Messages, overloaded",
            format: .messages,
            stream: "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n",
            usage: Usage(),
            ending: .failed,
            events: 1
        ),
    ]

    @Test(arguments: cases)
    func aStreamIsMeteredTheSameAtEverySplitPoint(_ example: Case) {
        let bytes = Array(example.stream.utf8)
        for split in 0...bytes.count {
            var meter = EventStreamMeter(format: example.format)
            meter.consume(bytes.span.extracting(0..<split))
            meter.consume(bytes.span.extracting(split..<bytes.count))
            #expect(meter.usage == example.usage, "split at \(split)")
            #expect(meter.ending == example.ending, "split at \(split)")
            #expect(meter.events == example.events, "split at \(split)")
        }
    }

    @Test(arguments: cases)
    func aStreamIsMeteredTheSameByteByByte(_ example: Case) {
        var meter = EventStreamMeter(format: example.format)
        for byte in Array(example.stream.utf8) { meter.consume([byte].span) }
        #expect(meter.usage == example.usage)
        #expect(meter.ending == example.ending)
        #expect(meter.events == example.events)
    }

    static let documents: [(WireFormat, String, Usage)] = [
        (
            .responses,
            #"{"id":"r","object":"response","usage":{"input_tokens":7,"output_tokens":3,"x":[{"y":1}]}}"#,
            Usage(inputTokens: 7, outputTokens: 3)
        ),
        (
            .chatCompletions,
            #"{"object":"list","data":[{"embedding":[0.1,-2e-3]}],"usage":{"prompt_tokens":8,"total_tokens":8}}"#,
            Usage(inputTokens: 8)
        ),
        (
            .messages,
            #"{"type":"message","content":[{"text":"é"}],"usage":{"input_tokens":7,"cache_read_input_tokens":5,"#
                + #""cache_creation_input_tokens":2,"output_tokens":3}}"#,
            Usage(inputTokens: 14, outputTokens: 3, cachedTokens: 5)
        ),
        (.messages, #"{"input_tokens":2095}"#, Usage()),
        (
            .messages, #"{"usage":{"input_tokens":9223372036854775807,"cache_read_input_tokens":1}}"#,
            Usage(inputTokens: .max, cachedTokens: 1)
        ),
        (
            .converse,
            #"{"output":{"message":{}},"usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10}}"#,
            Usage(inputTokens: 7, outputTokens: 3)
        ),
    ]

    @Test(arguments: documents)
    func aWholeAnswerIsMeteredAtEverySplitPoint(format: WireFormat, answer: String, usage: Usage) {
        let bytes = Array(answer.utf8)
        for split in 0...bytes.count {
            var meter = DocumentMeter(format: format)
            meter.consume(bytes.span.extracting(0..<split))
            meter.consume(bytes.span.extracting(split..<bytes.count))
            #expect(meter.usage == usage)
        }
    }

    @Test func usageInsideAnArrayIsNotOurs() {
        var meter = DocumentMeter(format: .chatCompletions)
        meter.consume(
            Array(#"{"choices":[{"usage":{"prompt_tokens":1}}],"a":{"usage":{"prompt_tokens":2}}}"#.utf8).span
        )
        #expect(meter.usage == Usage())
    }

    @Test func noBytesEverTrap() {
        var generator = SplitMix(state: 11)
        let alphabet = Array("data: {}[]\",usage123\n\r\n\r:response.input_tokens\u{feff}".utf8)
        var meter = EventStreamMeter(format: .responses)
        for _ in 0..<50_000 {
            let piece = (0..<Int.random(in: 0..<20, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            meter.consume(piece.span)
        }
        #expect(meter.events >= 0)
    }
}
