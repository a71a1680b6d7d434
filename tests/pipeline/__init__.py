"""Sequencer, verifier and replica, one after the other."""
