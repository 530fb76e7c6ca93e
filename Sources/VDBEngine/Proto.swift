import Glibc
let protoZ: Float? = getenv("VDB_Z").flatMap { Float(String(cString: $0)) }
let protoFirst: Int = getenv("VDB_FIRST").flatMap { Int(String(cString: $0)) } ?? 24
let protoR: Int? = getenv("VDB_R").flatMap { Int(String(cString: $0)) }
let protoB: Float? = getenv("VDB_B").flatMap { Float(String(cString: $0)) }
let protoMode: Int = getenv("VDB_MODE").flatMap { Int(String(cString: $0)) } ?? 0
let protoCap: Int = getenv("VDB_CAP").flatMap { Int(String(cString: $0)) } ?? .max
let protoStep: Int = getenv("VDB_STEP").flatMap { Int(String(cString: $0)) } ?? 32
