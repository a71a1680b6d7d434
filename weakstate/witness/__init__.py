"""Witnesses: reading them, and saying what they hold."""
