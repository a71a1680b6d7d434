"""Verifying blocks: one, many, and by which engine."""
