import Policy

/// Reads `[models]`: what may be asked for, what is offered, what is asked for by default.
struct ModelsReader {
    let reader: TableReader

    func read(into settings: inout LayerSettings) {
        settings.defaultModel = reader.string("default")
        settings.allowedModels = reader.strings("allow").map { list in
            if list.value.contains("") { reader.error("an empty pattern matches nothing", at: "allow") }
            return Located(list.value.map(ModelPattern.init), line: list.line)
        }
        var ids: Set<String> = []
        for entry in reader.tables("catalog") {
            guard let model = model(entry) else { continue }
            if !ids.insert(model.id).inserted { entry.error("model \(model.id) is in the catalogue twice", at: "id") }
            settings.catalog.append(Located(model, line: entry.position()?.line))
        }
        reader.finish()
    }

    private func model(_ entry: TableReader) -> CatalogModel? {
        let id = entry.string("id")
        let name = entry.string("display_name")?.value
        let summary = entry.string("description")?.value
        let window = entry.integer("context_window", in: 1_000...100_000_000)?.value
        let levels = entry.strings("reasoning_levels")?.value
        let level = entry.string("default_reasoning_level")?.value
        let modalities = entry.strings("input_modalities")?.value ?? ["text"]
        check(levels ?? [], among: CatalogModel.knownReasoningLevels, "reasoning_levels", entry)
        check(modalities, among: CatalogModel.knownInputModalities, "input_modalities", entry)
        if let level, !(levels ?? ["low", "medium", "high"]).contains(level) {
            entry.error("default_reasoning_level is not one of reasoning_levels", at: "default_reasoning_level")
        }
        entry.finish()
        guard let text = id?.value, !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            if id != nil || !entry.has("id") {
                entry.error("a model needs its id, as requests name it", fix: "id = \"MODEL\"")
            }
            return nil
        }
        return CatalogModel(
            id: text,
            displayName: name,
            summary: summary,
            contextWindow: window.map { Int($0) } ?? CatalogModel.defaultContextWindow,
            reasoningLevels: levels ?? ["low", "medium", "high"],
            defaultReasoningLevel: level,
            inputModalities: modalities
        )
    }

    private func check(_ values: [String], among known: [String], _ key: String, _ entry: TableReader) {
        for value in values where !known.contains(value) {
            let near = NearMiss.suggestion(for: value, among: known).map { "\"\($0)\"" }
            let all = known.map { "\"\($0)\"" }.joined(separator: ", ")
            entry.error("\(key) takes \(all), not \"\(value)\"", at: key, fix: near)
        }
    }
}
