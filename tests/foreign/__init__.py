"""Tests of models made elsewhere; they need NumPy, and safetensors where its files are read."""
