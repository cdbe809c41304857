import Commands
import Glibc

/// The `keyreeve` command; everything it does is in `Commands`.
@main
enum Keyreeve {
    static func main() async {
        let code = await CommandLineRun.exitCode(Array(CommandLine.arguments.dropFirst()))
        exit(code)
    }
}
