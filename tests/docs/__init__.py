"""Tests of the bridge from float model to integer program; they need JAX."""
