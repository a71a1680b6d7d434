"""Our witnesses through other clients' verifiers."""
