// The vocabulary that every layer shares is declared below and is part of this module's interface:
// Metric, ElementType, Schema, Attribute, AttributeType, AttributeValue, Location, Filter and
// Durability. Everything else that those modules declare is `package`.
@_exported public import VDBFilters
@_exported public import VDBLog
@_exported public import VDBPrimitives
