import ControlAPI
import ControlClient

/// A plan for eyes: what changes, line by line, who is affected, what to think about.
enum PlanText {
    static func text(_ plan: PolicyPlan) -> String {
        guard !plan.changes.isEmpty else { return warnings(plan) + "Nothing would change.\n" }
        var text = ""
        for change in plan.changes {
            text += "\(change.action) \(Printable.line(change.file))\n"
            for line in change.lines { text += "    \(Printable.line(line, limit: 2_000))\n" }
        }
        let people =
            plan.affected == 1 ? "1 member or service account" : "\(plan.affected) members and service accounts"
        return text + "\n" + warnings(plan) + "Affects \(people); based on revision \(plan.baseVersion).\n"
    }

    private static func warnings(_ plan: PolicyPlan) -> String {
        plan.warnings.map { DiagnosticLine.text($0) + "\n" }.joined()
    }
}
