import PulpCommands

/// The program `pulp`.
@main
enum PulpCLI {
    static func main() async {
        await Program.start(Array(CommandLine.arguments.dropFirst()))
    }
}
