"""Benchmarks: weakstate beside geth and ethrex, and in a small box. See bench/README.md."""
