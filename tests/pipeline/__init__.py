"""Sequencer and verifier, one after the other."""
