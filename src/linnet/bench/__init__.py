"""Measured on this machine: what a frame costs in the engine, and what it costs elsewhere. Never JAX."""
