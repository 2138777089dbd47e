// Placeholder of this module until its first type.
