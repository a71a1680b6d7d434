"""Figures that many blocks have together: how they are spread, and composed to larger ones."""
