import Configuration
import Foundation
import PolicyDocuments

/// Brings the four places that settings come from under one reader, refusing what it does not know.
enum SettingsLoader {
    /// - Parameters:
    ///   - flags: Values given on the command line; they win.
    ///   - environment: The process's environment. Only `KEYREEVE_…__…` names are ours; `_FILE` names a file that
    ///     holds the value of a secret.
    ///   - file: Path of `keyreeved.toml`; nil reads none.
    static func load(
        flags: [SettingName: String],
        environment: [String: String],
        file: String?
    ) throws -> Settings {
        var problems: [String] = []
        let given = values(flags.map { ($0.key, $0.value, "flag") }, &problems)
        let fromEnvironment = values(read(environment: environment, &problems), &problems)
        let fromFile = try file.map { values(try read(file: $0, &problems), &problems) } ?? [:]
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        let reader = ConfigReader(providers: [
            InMemoryProvider(name: "flags", values: given),
            InMemoryProvider(name: "environment", values: fromEnvironment),
            InMemoryProvider(name: "file", values: fromFile),
        ])
        return try Settings(reading: reader, environment: environment)
    }

    private typealias Given = (name: SettingName, text: String, place: String)

    private static func read(environment: [String: String], _ problems: inout [String]) -> [Given] {
        var given: [Given] = []
        for (name, text) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("KEYREEVE_") && name.contains("__") {
            if let setting = SettingName.allCases.first(where: { $0.environmentName == name }) {
                given.append((setting, text, name))
            } else if let setting = secret(fileVariable: name) {
                guard let value = try? String(contentsOfFile: text, encoding: .utf8) else {
                    problems.append("\(name) names a file that cannot be read: \(text)")
                    continue
                }
                given.append((setting, value.trimmingCharacters(in: .newlines), name))
            } else {
                problems.append("\(name) is not a setting; did you mean \(nearest(to: name))?")
            }
        }
        return given
    }

    private static func secret(fileVariable name: String) -> SettingName? {
        SettingName.allCases.first { $0.kind == .secret && $0.environmentName + "_FILE" == name }
    }

    private static func read(file: String, _ problems: inout [String]) throws -> [Given] {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw SettingsError(problems: ["\(file) cannot be read"])
        }
        let entries: [PlainTOML.Entry]
        do throws(PlainTOMLError) {
            entries = try PlainTOML(text, name: file).entries
        } catch {
            throw SettingsError(problems: [error.description])
        }
        var given: [Given] = []
        for entry in entries {
            let place = "\(file):\(entry.line)"
            let name = entry.path.joined(separator: ".")
            guard entry.path.count > 1 else {
                problems.append("\(place): \(name) stands alone; settings stand in a section such as [control]")
                continue
            }
            guard let setting = SettingName(rawValue: name) else {
                problems.append("\(place): \(name) is not a setting; did you mean \(nearest(to: name))?")
                continue
            }
            guard let text = Self.text(of: entry.value, for: setting) else {
                problems.append("\(place): \(name) takes \(expectation(of: setting))")
                continue
            }
            given.append((setting, text, place))
        }
        return given
    }

    private static func values(
        _ given: [Given],
        _ problems: inout [String]
    ) -> [AbsoluteConfigKey: ConfigValue] {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, text, place) in given {
            guard let content = content(of: text, for: name) else {
                problems.append("\(place): \(name.rawValue) takes \(expectation(of: name))")
                continue
            }
            let key = AbsoluteConfigKey(name.rawValue.split(separator: ".").map(String.init))
            values[key] = ConfigValue(content, isSecret: name.kind == .secret)
        }
        return values
    }

    /// A value as the environment would have it; nil for what the setting does not take.
    private static func text(of value: PlainTOML.Value, for name: SettingName) -> String? {
        switch value {
        case .text(let text): text
        case .number(let number): String(number)
        case .flag(let flag): String(flag)
        case .texts(let texts): name.kind == .list ? texts.joined(separator: ",") : nil
        case .other: nil
        }
    }

    private static func content(of text: String, for name: SettingName) -> ConfigContent? {
        switch name.kind {
        case .text, .secret: text.isEmpty ? nil : .string(text)
        case .count: Int(text).flatMap { (1...1_000_000).contains($0) ? .int($0) : nil }
        case .number: Int(text).flatMap { (0...65_535).contains($0) ? .int($0) : nil }
        case .flag: Bool(text).map { .bool($0) }
        case .list: list(text).map { .stringArray($0) }
        }
    }

    /// Nil where an element is empty, which is a slip of the pen.
    private static func list(_ text: String) -> [String]? {
        guard !text.isEmpty else { return [] }
        let texts = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        return texts.contains("") ? nil : texts
    }

    private static func expectation(of name: SettingName) -> String {
        switch name.kind {
        case .text, .secret: "a text that is not empty"
        case .number: "a whole number, 0 to 65535"
        case .count: "a whole number, 1 to 1000000"
        case .flag: "true or false"
        case .list: "a list of texts, like [\"a\", \"b\"]"
        }
    }

    /// The known name that shares the longest beginning and most letters with what was written.
    private static func nearest(to written: String) -> String {
        let isVariable = written.hasPrefix("KEYREEVE_")
        let names = SettingName.allCases.map { isVariable ? $0.environmentName : $0.rawValue }
        let score: (String) -> Int = { name in
            let common = name.commonPrefix(with: written).count
            return 2 * common + Set(name).intersection(Set(written)).count
        }
        return names.max { score($0) < score($1) } ?? SettingName.controlPort.rawValue
    }
}
