/// Where the program begins: in a file of its own, so that everything else can be linked into
/// another program too, as the fuzzer is one.
@main
enum Main {
    static func main() { VDBTool.main() }
}
