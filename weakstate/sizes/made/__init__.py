"""Witnesses that are really made of a block's accesses, over small states in memory."""
