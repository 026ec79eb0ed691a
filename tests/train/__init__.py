"""Tests of training; they need JAX."""
