"""Tests of the model as mathematics; all but the start of the weights need JAX."""
